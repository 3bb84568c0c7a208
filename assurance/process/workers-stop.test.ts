import { writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'tap'
import { builtAlone } from '../../test/support/built.ts'
import { cliEnv } from '../../test/support/cli.ts'
import { startCli } from '../../test/support/cli-process.ts'
import { isAlive, startWorkers, workersOf } from '../../test/support/workers.ts'

test('A worker that dies', async t => {
  const { child, exit, url, metricsUrl, out, pid } = await startWorkers(t, {
    TRUST_PROXY: '127.0.0.1',
    LOG_LEVEL: 'info'
  })

  await t.test('Is replaced, and the server keeps running', async t => {
    // A busy machine may not answer in time.
    while (!/^sallyport_sessions 0$/m.test(await (await fetch(metricsUrl)).text())) await sleep(20)
    const [victim = 0] = workersOf(pid)
    process.kill(victim, 'SIGKILL')
    await out.until(/a worker died; starting another/)
    t.match(out.text(), `"worker":${victim},"code":null,"signal":"SIGKILL"`)
    while (workersOf(pid).length < 2) await sleep(20)
    t.notOk(workersOf(pid).includes(victim))
    t.equal((await fetch(`${url}/readyz`)).status, 200)
  })

  await t.test('Leaves no connection open that it has not accepted', async t => {
    const [victim = 0] = workersOf(pid)
    process.kill(victim, 'SIGSTOP')
    const { hostname, port } = new URL(url)
    const ends = [1, 2, 3].map(() => {
      const socket = connect(Number(port), hostname, () => socket.end('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n'))
      socket.resume().on('error', () => {})
      return new Promise(resolve => socket.once('close', resolve))
    })
    // One connection waits for the stopped worker, and the other worker answers the rest.
    const open = new Set(ends)
    for (const end of ends) end.then(() => open.delete(end))
    while (open.size > 1) await sleep(20)
    process.kill(victim, 'SIGKILL')
    await Promise.all(ends)
    await out.until(/(a worker died[\s\S]*){2}/)
    while (workersOf(pid).length < 2) await sleep(20)
    t.equal(open.size, 0)
  })

  await t.test('Is not replaced while the server stops, and makes the exit code 1', async t => {
    // A worker that is still starting has nothing to drain.
    await out.until(/(Server listening[\s\S]*){4}/)
    const [first = 0, second = 0] = workersOf(pid)
    process.kill(first, 'SIGKILL')
    await out.until(/(a worker died[\s\S]*){3}/)
    child.kill('SIGTERM')
    await out.until(/"draining"/)
    process.kill(second, 'SIGKILL')
    t.strictSame(await exit, [1, null])
    t.equal(out.text().match(/a worker died/g)?.length, 3)
  })
})

test('The log says why a worker could not be replaced', async t => {
  const { env, out, pid } = await startWorkers(t, { LOG_LEVEL: 'error' })
  writeFileSync(join(String(env.DATABASE_URL).slice('sqlite:'.length), '../secret'), 'too short')
  const [victim = 0] = workersOf(pid)
  process.kill(victim, 'SIGKILL')
  await out.until(/a worker died/)
  t.match(
    await out.until(/"problem":"([^"]*)","msg":"a worker died; starting another"/),
    /^The settings are not valid: SECRET is not set, and .*secret has fewer than 32 characters/
  )
})

test('Stopping while all workers are about to be replaced ends at once', async t => {
  const { child, exit, out, pid } = await startWorkers(t, { LOG_LEVEL: 'error' })
  for (const worker of workersOf(pid)) process.kill(worker, 'SIGKILL')
  await out.until(/(a worker died[\s\S]*){2}/)
  child.kill('SIGTERM')
  t.strictSame(await exit, [0, null])
})

test('The supervisor alone handles signals, and a second one ends all processes at once with exit code 1', async t => {
  const { child, exit, out, url, pid } = await startWorkers(t, { LOG_LEVEL: 'info' })
  const workers = workersOf(pid)
  // A terminal sends its signals to the workers too.
  for (const worker of workers) process.kill(worker, 'SIGINT')
  t.equal((await fetch(`${url}/readyz`)).status, 200)
  child.kill('SIGINT')
  await out.until(/"draining"/)
  child.kill('SIGTERM')
  t.strictSame(await exit, [1, null])
  for (const worker of workers) {
    while (isAlive(worker)) await sleep(20)
  }
})

test('Workers exit when their supervisor is killed', async t => {
  const { child, pid } = await startWorkers(t, {})
  const workers = workersOf(pid)
  child.kill('SIGKILL')
  for (const worker of workers) while (isAlive(worker)) await sleep(20)
  t.pass('they are gone')
})

test('The reason why no worker can start is printed once, and the exit code is 1', async t => {
  const taken = createServer()
  await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve))
  t.teardown(() => taken.close())
  const { port } = taken.address() as { port: number }
  const env = { ...cliEnv(t.testdir()), WORKERS: '2', PORT: String(port) }
  const { exit, err } = startCli(t, ['serve'], env, { command: builtAlone })
  t.strictSame(await exit, [1, null])
  t.equal(await err, `The settings are not valid: Port ${port} is already in use. Set PORT to another port\n`)
})

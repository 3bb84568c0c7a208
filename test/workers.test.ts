import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Test, test } from 'tap'
import { bearer, password } from './support/app.ts'
import { cliEnv, createCli, startCli } from './support/cli.ts'

/** `serve` with two workers in processes of their own, its URL, and the URL of its metrics. */
async function startWorkers(t: Test, more: Record<string, string> = {}) {
  const metricsPort = await freePort()
  const env = { ...cliEnv(t.testdir()), WORKERS: '2', DRAIN_DELAY: '0', METRICS_PORT: String(metricsPort), ...more }
  const server = startCli(t, ['serve'], env)
  const url = await server.out.until(/Sallyport listens on (\S+)/)
  return { ...server, env, url, metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`, pid: server.child.pid as number }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}

/** The workers of the supervisor `pid`. */
const workersOf = (pid: number) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter(child => child !== '' && readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('serve'))
    .map(Number)

/** A request on a connection of its own: connections go to the workers in turn. */
const get = (url: string, token: string) => fetch(url, { headers: { ...bearer(token), connection: 'close' } })

async function login(url: string): Promise<{ access_token: string; refresh_token: string; expires_in: number }> {
  const body = new URLSearchParams({ grant_type: 'password', username: 'alice', password })
  return (await (await fetch(`${url}/token`, { method: 'POST', body })).json()) as never
}

const statuses = (answers: Response[]) => answers.map(({ status }) => status)
const eight = <T>(run: () => T): T[] => Array.from({ length: 8 }, run)

test('two workers are one server: a login of one is good at the other, and its end too (issue 5)', async t => {
  const { child, exit, env, url, metricsUrl, out, pid } = await startWorkers(t)
  t.equal(workersOf(pid).length, 2)
  await createCli(t, env).sallyport(['users', 'create', 'alice', '--password-stdin'], password)
  const tokens = await login(url)
  const me = () => get(`${url}/users/me`, tokens.access_token)
  t.strictSame(statuses(await Promise.all(eight(me))), Array(8).fill(200))

  const form = (token: string) => ({ method: 'POST', body: new URLSearchParams({ token }) })
  t.equal((await fetch(`${url}/revoke`, form(tokens.refresh_token))).status, 200)
  t.strictSame(statuses(await Promise.all(eight(me))), Array(8).fill(401), 'on the very next request, at both')

  const metrics = await (await fetch(metricsUrl)).text()
  const count = (status: number) =>
    Number(
      metrics.match(
        new RegExp(`^http_request_duration_seconds_count.*route="/users/me",status="${status}"} (\\d+)$`, 'm')
      )?.[1]
    )
  t.strictSame([count(200), count(401)], [8, 8], 'metrics are the sum of both')
  t.match(metrics, /^sallyport_sessions \d/m)

  child.kill('SIGTERM')
  t.strictSame(await exit, [0, null])
  t.equal(out.text().match(/listens on/g)?.length, 1, 'and says once where it listens')
})

test('a revoked session is refused on the very next request at every worker while others are busy (issue 5)', async t => {
  const { env, url } = await startWorkers(t)
  await createCli(t, env).sallyport(['users', 'create', 'alice', '--password-stdin'], password)
  const busy = await login(url)
  let [isDone, served] = [false, 0]
  const load = Array.from({ length: 4 }, async () => {
    while (!isDone) {
      const answer = await fetch(`${url}/users/me`, { headers: bearer(busy.access_token) })
      await answer.arrayBuffer()
      if (answer.status !== 200) throw new Error(`the busy login got ${answer.status}`)
      served++
    }
  })
  for (let round = 0; round < 10; round++) {
    const { access_token } = await login(url)
    const me = () => get(`${url}/users/me`, access_token)
    t.strictSame(statuses(await Promise.all(eight(me))), Array(8).fill(200))
    const body = new URLSearchParams({ token: access_token })
    await fetch(`${url}/revoke`, { method: 'POST', body })
    t.strictSame(statuses(await Promise.all(eight(me))), Array(8).fill(401))
  }
  const { access_token } = await login(url)
  t.equal((await get(`${url}/users/me`, access_token)).status, 200)
  await createCli(t, env).sallyport(['users', 'disable', 'alice'])
  isDone = true
  await Promise.allSettled(load)
  t.ok(served > 0)
  const gone = await Promise.all(eight(() => get(`${url}/users/me`, access_token)))
  t.strictSame(statuses(gone), Array(8).fill(401), 'a user whom another process disabled')
})

test('a token that has expired is refused though its signature was checked before (issue 5)', async t => {
  const { env, url } = await startWorkers(t, { ACCESS_TOKEN_TTL: '2' })
  await createCli(t, env).sallyport(['users', 'create', 'alice', '--password-stdin'], password)
  const { access_token, expires_in } = await login(url)
  t.strictSame(statuses(await Promise.all(eight(() => get(`${url}/users/me`, access_token)))), Array(8).fill(200))
  await sleep(expires_in * 1000)
  t.strictSame(statuses(await Promise.all(eight(() => get(`${url}/users/me`, access_token)))), Array(8).fill(401))
})

test('a worker that dies is replaced, and the server goes on (issue 5)', async t => {
  const { child, exit, url, out, pid } = await startWorkers(t, { LOG_LEVEL: 'error' })
  const [victim = 0] = workersOf(pid)
  process.kill(victim, 'SIGKILL')
  await out.until(/a worker has died; another one is started/)
  t.match(out.text(), `"worker":${victim},"code":1,"signal":"SIGKILL"`)
  while (workersOf(pid).length < 2) await sleep(20)
  t.notOk(workersOf(pid).includes(victim))
  t.equal((await fetch(`${url}/readyz`)).status, 200)
  child.kill('SIGTERM')
  t.strictSame(await exit, [0, null])
})

test('a second signal ends all of it at once with 1, and no worker stays', async t => {
  const { child, exit, pid } = await startWorkers(t, { DRAIN_DELAY: '8' })
  const workers = workersOf(pid)
  child.kill('SIGTERM')
  await sleep(100)
  child.kill('SIGTERM')
  t.strictSame(await exit, [1, null])
  for (const worker of workers) {
    while (isAlive(worker)) await sleep(20)
  }
})

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('workers whose supervisor is killed end by themselves', async t => {
  const { child, pid } = await startWorkers(t)
  const workers = workersOf(pid)
  child.kill('SIGKILL')
  for (const worker of workers) while (isAlive(worker)) await sleep(20)
  t.pass('they are gone')
})

test('workers that cannot start say why, and the exit code is 1', async t => {
  const taken = createServer()
  await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve))
  t.teardown(() => taken.close())
  const { port } = taken.address() as { port: number }
  const env = { ...cliEnv(t.testdir()), WORKERS: '2', PORT: String(port) }
  const { exit, err } = startCli(t, ['serve'], env)
  t.strictSame(await exit, [1, null])
  t.match(await err, `HOST 127.0.0.1 and PORT ${port} cannot be listened on: another process listens there already`)
})

import { once } from 'node:events'
import { request as send } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Test, test } from 'tap'
import { password } from '../../test/support/app.ts'
import { createCaller } from '../../test/support/caller.ts'
import { cliEnv } from '../../test/support/cli.ts'
import { startNode } from '../support/nodes.ts'

/** A server on SQLite in its own process, with one account. */
async function startServer(t: Test, settings: Record<string, string> = {}) {
  const node = await startNode(t, { ...cliEnv(t.testdir()), LOG_LEVEL: 'info', ...settings })
  const caller = createCaller(t, node.url)
  t.match(await caller.call('/users', { json: { username: 'alice', password } }), { status: 201 })
  return { ...node, caller }
}

/** A connection that has sent `bytes`, and does nothing more unless the test does. */
async function open(t: Test, url: string, bytes: string) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.on('error', () => {})
  await once(socket, 'connect')
  if (bytes) await new Promise(resolve => socket.write(bytes, resolve))
  return socket
}

/**
 * Sends SIGTERM; resolves to the exit code, which is 0 only when the exit took less than ten seconds, and to the
 * duration.
 */
async function stop(node: Pick<Awaited<ReturnType<typeof startServer>>, 'child' | 'exit'>) {
  const begun = performance.now()
  node.child.kill('SIGTERM')
  const [code] = await node.exit
  return { code, ms: Math.round(performance.now() - begun) }
}

test('Logins that wait for their hash at SIGTERM are all answered', async t => {
  // Without a proxy, it stops without a delay.
  const server = await startServer(t, { BCRYPT_COST: '11', HASH_CONCURRENCY: '1', TRUST_PROXY: '' })
  const logins = Array.from({ length: 6 }, () => createCaller(t, server.url).logIn())
  await server.out.until(/(?:"path":"\/token"[\s\S]*){6}/)
  const stopped = stop(server)
  await server.out.until(/draining/)
  const statuses = (await Promise.all(logins)).map(({ status }) => status)
  t.strictSame(statuses, Array(6).fill(200))
  const { code, ms } = await stopped
  t.equal(code, 0)
  t.comment(`6 logins at cost 11 in the queue at SIGTERM: all answered, exit after ${ms} ms`)
})

const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`
const formHead = 'POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n'

test('Clients that keep a connection, stall or do not read delay the exit by less than ten seconds', async t => {
  const server = await startServer(t)
  await open(t, server.url, '')
  await open(t, server.url, request('/livez'))
  await open(t, server.url, formHead.slice(0, 30))
  await open(t, server.url, `${formHead}Content-Length: 99\r\n\r\ngrant_type=`)
  const deaf = await open(t, server.url, '')
  deaf.pause()
  // More than the buffers of both sides hold.
  for (let i = 0; i < 200 && deaf.write(request('/openapi.json').repeat(10)); i++) await sleep(1)
  // Until the server has received all of them.
  t.match(await server.caller.call('/livez'), { status: 200 })
  const { code, ms } = await stop(server)
  t.equal(code, 0)
  t.comment(`five clients that do not let go: exit after ${ms} ms`)
})

const drains = 5
const clients = 12

/** The outcome of a request on its own connection: `answered`, or the code of the error. */
const outcomeOf = (url: string) =>
  new Promise<string>(resolve => {
    send(url, { agent: false }, response => {
      response.on('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)))
      response.resume().on('end', () => resolve('answered'))
    })
      .on('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)))
      .end()
  })

for (const workers of ['1', '2']) {
  test(`Clients that connect until the end of a drain are answered or refused, with WORKERS=${workers}`, async t => {
    for (let drain = 0; drain < drains; drain++) {
      const server = await startServer(t, { WORKERS: workers, LOG_LEVEL: 'error' })
      const counts: Record<string, number> = {}
      const run = async () => {
        let outcome: string
        do {
          outcome = await outcomeOf(`${server.url}/livez`)
          counts[outcome] = (counts[outcome] ?? 0) + 1
        } while (outcome !== 'ECONNREFUSED')
      }
      const runs = Array.from({ length: clients }, run)
      while ((counts.answered ?? 0) < 1000) await sleep(10)
      t.equal((await stop(server)).code, 0)
      await Promise.all(runs)
      const { answered, ...others } = counts
      t.strictSame(others, { ECONNREFUSED: clients }, `${answered} answered`)
    }
  })
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Test, test } from 'tap'
import { password } from '../../test/support/app.ts'
import { type Answer, type Caller, createCaller } from '../../test/support/caller.ts'
import { cliEnv } from '../../test/support/cli.ts'
import { freePort } from '../../test/support/free-port.ts'
import { startNode } from '../support/nodes.ts'

const [clients, quietSeconds, loadSeconds, probeEveryMs] = [64, 3, 8, 50] as const
const loginForm = new URLSearchParams({ grant_type: 'password', username: 'bob', password }).toString()

/** A server on SQLite with metrics, alice, a client of hers, and bob, who is hammered. */
async function startServer(t: Test, settings: Record<string, string>) {
  const metrics = `127.0.0.1:${await freePort()}`
  const { url } = await startNode(t, { ...cliEnv(t.testdir()), METRICS: metrics, ...settings })
  const caller = createCaller(t, url)
  for (const username of ['alice', 'bob'])
    t.match(await caller.call('/users', { json: { username, password } }), { status: 201 })
  const { access_token } = (await caller.logIn()).body

  /** The value of one series, 0 if it does not exist yet. */
  async function metric(series: string): Promise<number> {
    const answer = await fetch(`http://${metrics}/metrics`)
    const line = (await answer.text()).split('\n').find(line => line.startsWith(`${series} `))
    return Number(line?.slice(series.length) ?? 0)
  }
  return { url, caller, token: access_token as string, metric }
}

const sheds = (reason: string) => `sallyport_hash_shed_total{reason="${reason}"}`
const waits = 'sallyport_hash_wait_seconds_count'

/** Twenty requests per second for the account and two for /readyz, at a steady pace, without waiting for answers. */
async function probe(caller: () => Caller, token: string, seconds: number) {
  const answers: Promise<Answer>[] = []
  const begun = performance.now()
  for (let i = 0; i < (seconds * 1000) / probeEveryMs; i++) {
    answers.push(caller().get('/users/me', token))
    if (i % 10 === 0) answers.push(caller().call('/readyz'))
    await sleep(Math.max(0, begun + (i + 1) * probeEveryMs - performance.now()))
  }
  const settled = await Promise.all(answers)
  const sorted = settled.map(({ ms }) => ms).sort((a, b) => a - b)
  const quantile = (part: number) => `${sorted[Math.ceil(sorted.length * part) - 1]?.toFixed(1)} ms`
  return { statuses: settled.map(({ status }) => status), figures: `p50 ${quantile(0.5)}, p99 ${quantile(0.99)}` }
}

/** Clients that log in repeatedly, in their own process: the number of answers with each status. */
async function hammer(url: string): Promise<Record<string, number>> {
  const main = fileURLToPath(new URL('../support/load-main.ts', import.meta.url))
  const args = [...process.execArgv, main, url, String(clients), String(loadSeconds), loginForm]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [out, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  if (code !== 0) throw new Error(`The load ended with ${code}.`)
  return JSON.parse(out)
}

test('accounts and /readyz are answered while 64 clients hammer /token', async t => {
  const { url, token, metric } = await startServer(t, { BCRYPT_COST: '12' })
  // One connection for each concurrent request, so that none waits on this side.
  const callers = Array.from({ length: 20 }, () => createCaller(t, url))
  let next = 0
  const caller = () => callers[next++ % callers.length] as Caller

  const quiet = await probe(caller, token, quietSeconds)
  const [statuses, loaded] = await Promise.all([hammer(url), probe(caller, token, loadSeconds)])
  const counted = { full: await metric(sheds('full')), timeout: await metric(sheds('timeout')) }

  t.comment(`GET /users/me and /readyz without load: ${quiet.figures}`)
  t.comment(`GET /users/me and /readyz with ${clients} clients at /token: ${loaded.figures}`)
  t.comment(`POST /token in ${loadSeconds} s: ${JSON.stringify(statuses)}; shed: ${JSON.stringify(counted)}`)
  for (const { statuses } of [quiet, loaded])
    t.ok(
      statuses.every(status => status === 200),
      'no request fails'
    )
  t.strictSame(Object.keys(statuses).sort(), ['200', '503'], 'a login is answered, or refused with Retry-After')
  t.equal(counted.full + counted.timeout, statuses['503'], 'and the metrics have counted them')
})

test('past the places of the hash queue a login is refused before any waiting login is answered', async t => {
  const { url, metric } = await startServer(t, {
    BCRYPT_COST: '10',
    HASH_CONCURRENCY: '1'
  })
  const order: number[] = []
  const answers = await Promise.all(
    Array.from({ length: 40 }, async () => {
      const answer = await createCaller(t, url).logIn()
      order.push(answer.status)
      return answer
    })
  )
  const shed = answers.filter(({ status }) => status === 503)
  t.equal(shed.length, await metric(sheds('full')))
  t.ok(shed.length > 0 && shed.length <= 40 - 13, `${shed.length} of 40 are shed`)
  for (const { headers, body } of shed) {
    t.equal(headers['retry-after'], '1')
    t.strictSame(body, {
      error: 'temporarily_unavailable',
      error_description: 'Too many logins at once. Try again in a moment.'
    })
  }
  // Four of the sixteen places are for callers that have logged in before. The first answered one had not waited.
  t.ok(order.lastIndexOf(503) <= order.indexOf(200, order.indexOf(200) + 1), order.join(' '))
  t.equal(order.filter(status => status === 200).length, 40 - shed.length, 'and all others are answered')
})

test('logins of disconnected clients are not hashed', async t => {
  const { url, caller, metric } = await startServer(t, {
    BCRYPT_COST: '15',
    HASH_CONCURRENCY: '1'
  })
  const before = await metric(waits)
  // Holds the only place for about two seconds, so that the others have to wait.
  const first = caller.logIn()
  while ((await metric(waits)) === before) await sleep(5)

  const { host, port } = new URL(url)
  const head = `POST /token HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/x-www-form-urlencoded`
  // There are twelve places for callers that have not logged in before.
  const gone = Array.from({ length: 12 }, async () => {
    const socket = connect(Number(port), '127.0.0.1')
    await new Promise(resolve =>
      socket.write(`${head}\r\nContent-Length: ${loginForm.length}\r\n\r\n${loginForm}`, resolve)
    )
    socket.destroy()
  })
  await Promise.all(gone)
  t.match(await first, { status: 200 })
  t.match(await caller.logIn(), { status: 200 }, 'the next login in the queue is from a connected client')
  t.equal(await metric(sheds('disconnected')), 12)
  t.equal((await metric(waits)) - before, 2)
  t.comment('12 logins whose clients had gone: 12 shed, none hashed')
})

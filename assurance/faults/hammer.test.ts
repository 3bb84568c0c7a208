import { spawn } from 'node:child_process'
import { once } from 'node:events'
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

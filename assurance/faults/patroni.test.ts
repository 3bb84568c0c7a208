import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { test } from 'tap'
import { createCli } from '../../test/support/cli.ts'
import { call, durability, faultEnv, logInAt, startProgram, timeUntil } from '../../test/support/faults.ts'
import { type PatroniNode, patroniTimes, skipWithoutPatroni, startPatroni } from '../support/patroni.ts'

const password = 'correct horse battery staple'
const { ttl, loop_wait, retry_timeout } = patroniTimes
/** Patroni's times, a check of HAProxy, and our timeouts for a connection and an answer; thrice, for slow machines. */
const longestMs = 3 * 1000 * (ttl + loop_wait + retry_timeout + 2 + 5 + 5)

/** Clients that register accounts and refresh their tokens, one after the other at each node. */
async function createClients(urls: string[]) {
  const registered = new Set<string>()
  const clients = await Promise.all(
    Array.from({ length: 8 }, async (_, client) => {
      const username = `client-${client}`
      const first = String(urls[0])
      await call(`${first}/users`, { json: { username, password } })
      const { refresh_token } = await logInAt(first, username, password)
      return { username, refresh_token, turn: client }
    })
  )

  async function turn(client: (typeof clients)[number]) {
    const url = String(urls[client.turn++ % urls.length])
    const username = `${client.username}-${client.turn}`
    const created = await call(`${url}/users`, { json: { username, password } })
    if (created.status === 201) registered.add(username)
    const form = { grant_type: 'refresh_token', refresh_token: client.refresh_token }
    const refreshed = await call(`${url}/token`, { form })
    if (refreshed.status === 200) client.refresh_token = String(refreshed.json.refresh_token)
    return [created, refreshed]
  }

  return {
    registered,
    /** Sends requests until `stop`. */
    start() {
      const counts = { acknowledged: 0, refused: 0, longestMs: 0 }
      const wrong: string[] = []
      let isOver = false
      let lastWrite = performance.now()
      const loads = clients.map(async client => {
        while (!isOver) {
          for (const { status, text } of await turn(client)) {
            if (status === 503) counts.refused++
            else if (status < 300) {
              counts.acknowledged++
              counts.longestMs = Math.max(counts.longestMs, performance.now() - lastWrite)
              lastWrite = performance.now()
            } else if (status !== 409) wrong.push(`${status} ${text}`)
          }
          await sleep(5)
        }
      })
      return {
        lastWrite: () => lastWrite,
        async stop() {
          isOver = true
          await Promise.all(loads)
          return { ...counts, wrong }
        }
      }
    },
    /** The clients whose newest refresh token is refused. */
    async loggedOut() {
      const names: string[] = []
      for (const client of clients) {
        const form = { grant_type: 'refresh_token', refresh_token: client.refresh_token }
        const { status, json, text } = await call(`${urls[0]}/token`, { form })
        if (status === 200) client.refresh_token = String(json.refresh_token)
        else names.push(`${client.username}: ${status} ${text}`)
      }
      return names
    }
  }
}

test('When Patroni changes the primary under load, nothing acknowledged is lost', {
  skip: skipWithoutPatroni()
}, async t => {
  const cluster = await startPatroni(t)
  const env = faultEnv({
    DATABASE_URL: cluster.url,
    // A refresh whose answer was lost is repeated after the failover, which takes longer than the default.
    REFRESH_GRACE: '300',
    LOG_LEVEL: 'silent'
  })
  const programs = [startProgram(t, env), startProgram(t, env)]
  const clients = await createClients(await Promise.all(programs.map(({ listens }) => listens)))
  const { sallyport } = createCli(t, env)

  /** `fault` moves the primary, and `mend` makes the old one the standby. */
  async function under(
    fault: string,
    move: (old: PatroniNode) => unknown,
    mend: (old: PatroniNode) => unknown = () => {}
  ) {
    const old = (await cluster.primary()) as PatroniNode
    const load = clients.start()
    await sleep(2000)
    await move(old)
    await timeUntil(async () => ![undefined, old].includes(await cluster.primary()), longestMs)
    const moved = performance.now()
    await timeUntil(async () => load.lastWrite() > moved, longestMs)
    await mend(old)
    await cluster.ready()
    await sleep(1000)
    const { wrong, ...counts } = await load.stop()

    t.same(wrong, [], `${fault}: every answer is 200, 201, 503, or 409 for a registration whose answer was lost`)
    t.ok(counts.longestMs < longestMs, `${fault}: writes are back after ${Math.round(counts.longestMs)} ms`)
    const { out } = await sallyport(['users', 'export', '--format', 'ndjson'])
    const names = new Set(out.split('\n').flatMap(line => (line ? [JSON.parse(line).username] : [])))
    const lost = [...clients.registered].filter(name => !names.has(name)).concat(await clients.loggedOut())
    t.same(lost, [], `${fault}: every registration is there, and the newest refresh tokens work`)
    t.match(await sallyport(['audit', 'verify']), { code: 0, out: /is intact/ })
    durability(t, { fault: `Patroni: ${fault}`, engine: 'PostgreSQL', ...counts, lost: lost.length })
  }

  await under('the primary is killed', cluster.kill, cluster.start)

  await under(
    'the primary is cut off',
    async old => {
      cluster.cut(old)
      const client = new pg.Client({ connectionString: cluster.localUrl(old) })
      client.on('error', () => {})
      await client.connect()
      const write = client.query('CREATE TABLE isolated ()')
      await t.rejects(write, /terminat/, 'the isolated primary ends without having acknowledged a change')
    },
    cluster.mend
  )

  await under('switchover', old => cluster.switchOver(old))
})

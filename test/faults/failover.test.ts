import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { type Test, test } from 'tap'
import { createCli } from '../support/cli.ts'
import { createPostgres } from '../support/embedded-postgres.ts'
import { call, faultEnv, figures, logIn, startProgram, timeUntil } from '../support/faults.ts'
import { freePort } from '../support/free-port.ts'
import { skipWithoutProxy } from '../support/proxy.ts'

const password = 'correct horse battery staple'

/** A primary, its synchronous standby, and HAProxy, which sends connections to the standby once the primary is down. */
async function startPair(t: Test) {
  const primary = await createPostgres({ connections: 60 })
  await primary.start()
  const standby = await primary.createStandby()
  await standby.start()
  t.teardown(() => Promise.all([primary.stop(), standby.stop()]))

  const admin = new pg.Client({ connectionString: primary.url })
  admin.on('error', () => {})
  await admin.connect()
  await admin.query("ALTER SYSTEM SET synchronous_standby_names = '*'")
  await admin.query('SELECT pg_reload_conf()')
  await timeUntil(async () => {
    const { rows } = await admin.query('SELECT sync_state FROM pg_stat_replication')
    return rows[0]?.sync_state === 'sync'
  })

  const port = await freePort()
  const places = [primary, standby].map(({ url }) => new URL(url).host)
  const folder = t.testdir({
    'haproxy.cfg': `
defaults
  mode tcp
  timeout connect 1s
  timeout client 1h
  timeout server 1h
  default-server check inter 200ms fall 2 rise 1 on-marked-down shutdown-sessions
listen postgres
  bind 127.0.0.1:${port}
  server primary ${places[0]}
  server standby ${places[1]} backup
`
  })
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }
  const proxy = spawn('haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')], { env, stdio: 'ignore' })
  const exit = once(proxy, 'exit')
  t.teardown(async () => {
    proxy.kill('SIGTERM')
    await exit
  })
  const url = new URL(primary.url)
  url.port = String(port)

  return {
    url: url.href,
    /** Kills every process of the primary, then makes the standby the primary. */
    async failOver() {
      const { rows } = await admin.query<{ pid: number }>('SELECT pid FROM pg_stat_activity')
      for (const pid of [primary.pid(), ...rows.map(({ pid }) => pid)]) {
        try {
          process.kill(pid, 'SIGKILL')
        } catch {
          // It has ended since.
        }
      }
      const client = new pg.Client({ connectionString: standby.url })
      await client.connect()
      await client.query('SELECT pg_promote()')
      // Otherwise each commit would wait for another standby.
      await client.query("ALTER SYSTEM SET synchronous_standby_names = ''")
      await client.query('SELECT pg_reload_conf()')
      await client.end()
    }
  }
}

test('when PostgreSQL fails over under load, nothing acknowledged is lost', {
  skip: skipWithoutProxy('haproxy')
}, async t => {
  const pair = await startPair(t)
  const env = faultEnv({ DATABASE_URL: pair.url, HASH_QUEUE: '1000', LOG_LEVEL: 'silent' })
  const nodes = [startProgram(t, env), startProgram(t, env)]
  const urls = await Promise.all(nodes.map(({ listens }) => listens))
  const urlOf = (turn: number) => String(urls[turn % 2])

  const registered = new Set<string>()
  const wrong: string[] = []
  let isOver = false
  let lastWrite = performance.now()
  const clients = Array.from({ length: 8 }, async (_, client) => {
    const username = `client-${client}`
    await call(`${urlOf(client)}/users`, { json: { username, password } })
    let { refresh_token } = await logIn(urlOf(client), username, password)
    for (let turn = 0; !isOver; turn++) {
      const name = `user-${client}-${turn}`
      const created = await call(`${urlOf(turn)}/users`, { json: { username: name, password } })
      if (created.status === 201) registered.add(name)
      const form = { grant_type: 'refresh_token', refresh_token }
      const refreshed = await call(`${urlOf(turn)}/token`, { form })
      if (refreshed.status === 200) {
        refresh_token = String(refreshed.json.refresh_token)
        lastWrite = performance.now()
      }
      for (const { status, text } of [created, refreshed])
        if (![200, 201, 409, 503].includes(status)) wrong.push(`${status} ${text}`)
      await sleep(5)
    }
    return refresh_token
  })

  await sleep(3000)
  const killed = performance.now()
  await pair.failOver()
  const recovery = await timeUntil(async () => lastWrite > killed + 500, 30_000)
  await sleep(2000)
  isOver = true
  const tokens = await Promise.all(clients)
  t.same(wrong, [], 'every answer is 200, 201, 503, or 409 for a registration whose answer was lost')
  t.ok(performance.now() - killed < 30_000)
  t.ok(recovery < 20_000, `writes are back after ${Math.round(recovery)} ms`)

  const { sallyport } = createCli(t, env)
  const { out } = await sallyport(['users', 'export', '--format', 'ndjson'])
  const names = new Set(out.split('\n').flatMap(line => (line ? [JSON.parse(line).username] : [])))
  t.same(
    [...registered].filter(name => !names.has(name)),
    [],
    'every acknowledged registration is there'
  )
  for (const refresh_token of tokens) {
    const { status } = await call(`${urlOf(0)}/token`, { form: { grant_type: 'refresh_token', refresh_token } })
    t.equal(status, 200, 'the latest refresh token works')
  }
  t.match(await sallyport(['audit', 'verify']), { code: 0, out: /is intact/ })
  figures(
    t,
    'PostgreSQL fails over to a synchronous standby (kill -9)',
    `${registered.size} registrations`,
    0,
    `${Math.round(recovery)} ms`
  )
})

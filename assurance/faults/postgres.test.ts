import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { type Test, test } from 'tap'
import { openStore } from '../../src/store/open.ts'
import { attempt } from '../../test/support/attempts.ts'
import { call, faultEnv, figures, logInAt, spread, startProgram, timeUntil } from '../../test/support/faults.ts'
import { createPostgresServer } from '../support/postgres-server.ts'

const password = 'correct horse battery staple'
const cut =
  'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename IS NOT NULL'

/**
 * A PostgreSQL, a Sallyport server in front of it with the account alice, and a load that runs until it is stopped. The
 * load logs in to accounts of its own, because each login beyond the limit ends the oldest of its account. It has
 * several, because a login that PostgreSQL interrupts counts as a failure.
 */
async function startServer(t: Test) {
  const postgres = await createPostgresServer(t)
  await postgres.start()
  const server = startProgram(t, faultEnv({ DATABASE_URL: postgres.url, LOG_LEVEL: 'error' }))
  const url = await server.listens
  const others = Array.from({ length: 16 }, (_, n) => `bob-${n}`)
  for (const username of ['alice', ...others]) await call(`${url}/users`, { json: { username, password } })
  const { access_token: token } = await logInAt(url, 'alice', password)
  let [names, logins] = [0, 0]
  const register = () => call(`${url}/users`, { json: { username: `user-${Date.now()}-${++names}`, password } })
  const requests = [
    () => call(`${url}/users/me`, { token }),
    () => call(`${url}/readyz`),
    () =>
      call(`${url}/token`, {
        form: { grant_type: 'password', username: others[++logins % others.length] ?? '', password }
      }),
    register
  ]

  /** Sends requests with this many clients at once during `fault`; the answers by status, and the duration of each. */
  async function under<T>(clients: number, fault: () => Promise<T>) {
    const [counts, took] = [new Map<number, number>(), [] as number[]]
    const wrong: string[] = []
    let isOver = false
    const load = Array.from({ length: clients }, async (_, client) => {
      for (let turn = client; !isOver; turn++) {
        const answer = await (requests[turn % requests.length] as () => ReturnType<typeof call>)().catch(
          () => undefined
        )
        if (!answer) {
          wrong.push(`no answer: ${server.output()}`)
          return
        }
        counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1)
        took.push(answer.ms)
        if (answer.status === 503 && answer.headers.get('retry-after') !== '1')
          wrong.push(`without Retry-After: ${answer.text}`)
        if (![200, 201, 503].includes(answer.status)) wrong.push(`${answer.status} ${answer.text}`)
        await sleep(5)
      }
    })
    const result = await fault().finally(() => {
      isOver = true
    })
    await Promise.all(load)
    t.same(wrong, [], 'every answer is 200, 201, or 503 with Retry-After')
    const [refused, served] = [counts.get(503) ?? 0, (counts.get(200) ?? 0) + (counts.get(201) ?? 0)]
    return { result, refused, told: `${served} served, ${refused} × 503; ${spread(took)}` }
  }

  /** The time until every kind of request is served again. */
  const recovery = () =>
    timeUntil(async () => {
      const answers = await Promise.all(requests.map(request => request()))
      return answers.every(({ status }) => status < 300)
    }, 30_000)

  return { ...server, postgres, url, under, recovery }
}

test('A failing PostgreSQL causes 503, and service resumes within seconds after it recovers', async t => {
  const { postgres, under, recovery, ...server } = await startServer(t)

  for (const mode of ['fast', 'immediate'] as const) {
    const times: number[] = []
    const load = await under(4, async () => {
      for (let round = 0; round < 2; round++) {
        await sleep(200)
        await postgres.stop(mode)
        t.equal((await call(`${server.url}/readyz`)).status, 503, '/readyz is 503')
        t.equal((await call(`${server.url}/livez`)).status, 200, '/livez is 200')
        await sleep(300)
        await postgres.start()
        times.push(await recovery())
      }
    })
    t.ok(load.refused > 0)
    figures(t, `PostgreSQL restarted (${mode})`, `2; ${load.told}`, 0, spread(times))
  }

  const admin = await postgres.connect()
  const times: number[] = []
  const load = await under(4, async () => {
    for (let round = 0; round < 10; round++) {
      await sleep(100)
      await admin.query(cut)
      times.push(await recovery())
    }
  })
  await admin.end()
  figures(t, 'all connections cut', `10; ${load.told}`, 0, spread(times))

  // Accounts registered before the restarts exist.
  await logInAt(server.url, 'alice', password)
  t.equal(server.child.exitCode, null)
})

test('A PostgreSQL that hangs or has no free connection causes 503 instead of a queue', async t => {
  const { postgres, under, recovery, ...server } = await startServer(t)

  // More clients than the pool has connections, each waiting for the lock.
  const locker = await postgres.connect()
  const locked = await under(30, async () => {
    await locker.query('BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE')
    await sleep(6500)
    await locker.query('ROLLBACK')
    return recovery()
  })
  await locker.end()
  t.ok(locked.refused > 0, 'the statement timeout refused requests')
  figures(t, 'table locked, pool exhausted', `30 clients; ${locked.told}`, 0, `${Math.round(locked.result)} ms`)

  const others: pg.Client[] = []
  const takeAll = async () => {
    for (;;) {
      try {
        others.push(await postgres.connect())
      } catch {
        return
      }
    }
  }
  const admin = await postgres.connect()
  const crowded = await under(4, async () => {
    await takeAll()
    const mine = `AND pid NOT IN (SELECT pid FROM pg_stat_activity WHERE application_name = 'other')`
    for (const client of others) await client.query(`SET application_name = 'other'`)
    // The server's own connections are cut, and the others take the places before it reconnects.
    for (let round = 0; round < 3; round++) {
      await admin.query(`${cut} ${mine}`)
      await takeAll()
      for (const client of others) await client.query(`SET application_name = 'other'`)
    }
    await sleep(500)
    await Promise.all(others.map(client => client.end()))
    return recovery()
  })
  await admin.end()
  t.ok(crowded.refused > 0, 'no connection was free')
  figures(t, 'max_connections exhausted', `1; ${crowded.told}`, 0, `${Math.round(crowded.result)} ms`)

  const frozen = await under(4, async () => {
    const thaw = postgres.freeze()
    const begun = performance.now()
    const { status } = await call(`${server.url}/readyz`)
    t.equal(status, 503, 'readyz does not hang')
    t.equal((await call(`${server.url}/livez`)).status, 200)
    while (performance.now() - begun < 8000) await sleep(50)
    thaw()
    return recovery()
  })
  t.ok(frozen.refused > 0)
  figures(t, 'PostgreSQL frozen for 8 s (SIGSTOP)', `1; ${frozen.told}`, 0, `${Math.round(frozen.result)} ms`)
  t.equal(server.child.exitCode, null)
})

test('A transaction that could not begin returns its connection', async t => {
  const postgres = await createPostgresServer(t)
  await postgres.start()
  const store = await openStore(postgres.url, () => {})
  t.teardown(() => store.close())
  await store.migrate()
  // Twice as many as the pool has connections, so that each is in use when PostgreSQL freezes.
  const countAll = () =>
    Promise.allSettled(Array.from({ length: 20 }, (_, index) => store.throttle.take([attempt(`key${index}`, 0)])))
  t.ok((await countAll()).every(({ status }) => status === 'fulfilled'))

  const thaw = postgres.freeze()
  const begun = performance.now()
  const frozen = await countAll()
  const waited = Math.round(performance.now() - begun)
  t.match(frozen, Array(20).fill({ status: 'rejected', reason: { code: 'unavailable' } }))
  thaw()
  const recovery = await timeUntil(async () => (await countAll()).every(({ status }) => status === 'fulfilled'), 20_000)
  const count = `20; given up after ${waited} ms`
  figures(t, 'transactions under way when PostgreSQL freezes', count, 0, `${Math.round(recovery)} ms`)
})

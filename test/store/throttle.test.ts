import type { Test } from 'tap'
import { forgiveness } from '../../src/auth/throttle/backoff.ts'
import { attempt, policy } from '../support/attempts.ts'
import { afterAttempt, type Counter, withoutAttempt } from '../support/backoff-model.ts'
import type { EngineName } from '../support/engines.ts'
import { engineTest } from '../support/pg-test.ts'
import {
  at,
  checkedLogin,
  createStore,
  event,
  newSession,
  newUser,
  openEngine,
  start,
  stopAfter
} from '../support/store.ts'

const now = start.getTime()
const hour = policy.forgiveMs

/** A store with the user alice, and the contents of its tables. */
async function withAlice(t: Test, engine: EngineName) {
  const made = await createStore(t, engine)
  const user = newUser('alice')
  await made.store.users.insert(user, event('user.created'))
  const { db, schema } = openEngine(t, made.url)
  return {
    ...made,
    user,
    throttle: made.store.throttle,
    put: async (row: typeof schema.throttle.$inferInsert) =>
      void (await db.insert(schema.throttle).values(row).onConflictDoUpdate({ target: schema.throttle.key, set: row })),
    known: async () => await db.select().from(schema.knownPrefixes)
  }
}

engineTest('A counter follows backoff.ts, even if the clock is set back', async (t, engine) => {
  const { throttle } = await withAlice(t, engine)
  const moments = [0, 0, 1, 1000, hour, hour / 2, 30 * hour, 30 * hour, 29 * hour]
  const after = Array.from({ length: 40 }, (_, n) => 31 * hour + n * 900_000)
  let expected: Counter | undefined
  for (const moment of [...moments, ...after, 0, 900_000]) {
    const at = now + moment
    expected = afterAttempt(policy, expected, at)
    t.strictSame(await throttle.take([attempt('a', at)]), [{ key: 'a', waitsUntil: expected.waitsUntil }])
    t.strictSame(await throttle.counters(['a']), [{ key: 'a', ...policy, ...expected }], String(moment))
  }
})

engineTest('An attempt during a wait is not counted, even beside others', async (t, engine) => {
  const { throttle } = await withAlice(t, engine)
  for (let n = 0; n < 10; n++) await throttle.take([attempt('a', now)])
  t.strictSame(await throttle.take([attempt('a', now + 999)]), [])
  const both = [attempt('a', now + 999), attempt('b', now + 999)]
  t.strictSame(await throttle.take(both), [{ key: 'b', waitsUntil: 0 }])
  t.match(await throttle.counters(['a']), [{ clearsAt: now + 10 * hour, waitsUntil: now + 1000 }])
  t.strictSame(await throttle.take([attempt('a', now + 1000)]), [{ key: 'a', waitsUntil: now + 3000 }])
})

engineTest('An attempt is given back as src/auth/throttle/backoff.ts says', async (t, engine) => {
  const { throttle, put } = await withAlice(t, engine)
  let expected: Counter | undefined
  const minute = 60_000
  const steps = [0, 1, 5 * minute, 6 * minute, 59 * minute, 61 * minute, 62 * minute, 180 * minute, 20 * minute]
  for (const forgives of [undefined, forgiveness])
    for (const [n, step] of steps.entries()) {
      const moment = now + step
      // Two failures, and then a right password, sometimes after another attempt has changed the wait.
      for (let i = 0; i < 3; i++) expected = afterAttempt(policy, expected, moment)
      await put({ key: 'a', ...policy, ...(expected as Counter) })
      const waitsUntil = n % 2 ? Number(expected?.waitsUntil) : 7
      await throttle.giveBack([{ key: 'a', waitsUntil, forgives }], moment)
      const way = { waitsUntil, forgives: forgives !== undefined }
      expected = withoutAttempt(policy, expected as Counter, way, moment)
      t.strictSame(await throttle.counters(['a']), [{ key: 'a', ...policy, ...expected }], `${n}`)
    }
})

engineTest('A login makes its prefix known, and ends the series of failures', async (t, engine) => {
  const { store, throttle, user, known } = await withAlice(t, engine)
  const series = `consecutive:${user.id}`
  const keys = ['own', 'other', series, 'consecutive:bob']
  const count = () => throttle.take(keys.map(key => attempt(key, now)))
  await count()
  const taken = (await count()).filter(({ key }) => key === 'own' || key === series)
  const login = checkedLogin({ use: { spent: [], attempts: taken } })
  const refused = { ...login, passwordHash: 'another' }
  const clears = async () =>
    Object.fromEntries((await throttle.counters(keys)).map(({ key, clearsAt }) => [key, (clearsAt - now) / hour]))
  t.equal(await store.sessions.insertLogin(newSession(user.id), refused, event('x')), undefined)
  t.equal(await throttle.isKnown({ userId: user.id, prefix: login.prefix }), false)
  t.strictSame(await clears(), Object.fromEntries(keys.map(key => [key, 2])), 'a refused login changes nothing')

  for (const seconds of [1, 2]) {
    const session = newSession(user.id, { createdAt: at(seconds) })
    t.ok(await store.sessions.insertLogin(session, login, event('login.succeeded')))
    t.strictSame(await known(), [{ userId: user.id, prefix: login.prefix, lastLoginAt: at(seconds) }])
    t.strictSame(await clears(), { own: 2 - seconds, other: 2, 'consecutive:bob': 2 })
  }
  t.equal(await throttle.isKnown({ userId: user.id, prefix: login.prefix }), true)
  t.equal(await throttle.isKnown({ userId: user.id, prefix: '192.0.3.0/24' }), false)
  t.equal(await throttle.isKnown({ userId: 'bob', prefix: login.prefix }), false)
})

engineTest('A new password ends the series of failures alone', async (t, engine) => {
  const { store, throttle, user } = await withAlice(t, engine)
  const keys = ['other', `consecutive:${user.id}`]
  await throttle.take(keys.map(key => attempt(key, now)))
  const change = { id: user.id, from: 'another', to: 'new', keepSession: undefined, now: start }
  t.equal(await store.users.replacePassword(change, event('x')), false)
  t.equal((await throttle.counters(keys)).length, 2)
  t.equal(await store.users.replacePassword({ ...change, from: user.passwordHash }, event('x')), true)
  t.match(await throttle.counters(keys), [{ key: 'other' }])
})

engineTest('Forgiven counters and old known prefixes are deleted, and nothing else', async (t, engine) => {
  const { store, throttle, user, known } = await withAlice(t, engine)
  await throttle.take([attempt('early', now)])
  await throttle.take([attempt('late', now + 1)])
  for (const [prefix, seconds] of [
    ['192.0.2.0/24', 10],
    ['192.0.3.0/24', 11]
  ] as const) {
    await store.sessions.insertLogin(
      newSession(user.id, { createdAt: at(seconds) }),
      checkedLogin({ prefix }),
      event('x')
    )
  }
  await throttle.prune(now + policy.forgiveMs, at(10))
  t.equal((await throttle.counters(['early', 'late'])).length, 2, 'it still counts at exactly that moment')
  await throttle.prune(now + policy.forgiveMs + 1, at(11))
  t.match(await throttle.counters(['early', 'late']), [{ key: 'late' }])
  t.match(await known(), [{ prefix: '192.0.3.0/24' }])
})

engineTest('Of many rows the oldest are deleted first, found by their index', async (t, engine) => {
  const { throttle, user, known, url } = await withAlice(t, engine)
  const { db, schema } = openEngine(t, url)
  const rows = Array.from({ length: 1500 }, (_, n) => 1500 - n)
  await db.insert(schema.throttle).values(rows.map(n => ({ ...attempt(`${n}`, 0), clearsAt: n })))
  await db.insert(schema.knownPrefixes).values(rows.map(n => ({ userId: user.id, prefix: `${n}`, lastLoginAt: at(n) })))
  await throttle.prune(2000, at(2000), stopAfter(1))
  t.strictSame(
    (await throttle.counters(['1', '1000', '1001', '1500'])).map(({ key }) => Number(key)).sort(),
    [1001, 1500]
  )
  await throttle.prune(1001, at(2000), stopAfter(2))
  t.equal(Math.min(...(await known()).map(({ prefix }) => Number(prefix))), 1001)
})

engineTest('A stop takes effect between the counters and the prefixes', async (t, engine) => {
  const { store, throttle, user, known } = await withAlice(t, engine)
  await throttle.take([attempt('a', now)])
  await store.sessions.insertLogin(newSession(user.id, { createdAt: at(1) }), checkedLogin(), event('x'))
  const prune = (steps: number) => throttle.prune(now + policy.forgiveMs + 1, at(2), stopAfter(steps))
  const left = async () => [(await throttle.counters(['a'])).length, (await known()).length]
  await prune(0)
  t.strictSame(await left(), [1, 1])
  await prune(1)
  t.strictSame(await left(), [0, 1])
  await prune(2)
  t.strictSame(await left(), [0, 0])
})

import t, { type Test } from 'tap'
import { afterFailure, type Counter, mostFailures, type Policy } from '../../src/auth/throttle/backoff.ts'
import { type EngineName, engines } from '../support/engines.ts'
import {
  at,
  createStore,
  event,
  impossible,
  newSession,
  newUser,
  openEngine,
  start,
  stopAfter
} from '../support/store.ts'

const policy: Policy = { free: 10, forgiveMs: 3_600_000, longestMs: 900_000 }
const failure = (key: string) => ({ key, forgiveMs: policy.forgiveMs, mostMs: mostFailures(policy) * policy.forgiveMs })
const now = start.getTime()

/** A store with the user alice, and the contents of its tables. */
async function withAlice(t: Test, engine: EngineName) {
  const made = await createStore(t, engine)
  const user = newUser('alice', { passwordHash: 'hash' })
  await made.store.users.insert(user, event('user.created'))
  const { db, schema } = openEngine(t, made.url)
  return {
    ...made,
    user,
    throttle: made.store.throttle,
    known: async () => await db.select().from(schema.knownPrefixes),
    remove: async () => void (await db.delete(schema.users))
  }
}

for (const engine of engines) {
  t.test(`counters on ${engine}`, async t => {
    t.test('a counter follows src/auth/throttle/backoff.ts, even if the clock is set back (decision 14)', async t => {
      const { throttle } = await withAlice(t, engine)
      const hour = policy.forgiveMs
      const moments = [
        0,
        0,
        1,
        1000,
        hour,
        hour / 2,
        30 * hour,
        30 * hour,
        29 * hour,
        ...Array(25).fill(31 * hour),
        0,
        1
      ]
      let expected: Counter | undefined
      for (const moment of moments) {
        expected = afterFailure(policy, expected, now + moment)
        await throttle.count([failure('a')], now + moment)
        t.strictSame(await throttle.counters(['a']), [{ key: 'a', ...expected }], String(moment))
      }
    })

    t.test('concurrent failures are all counted, in any order of their counters', async t => {
      const { throttle, trail } = await withAlice(t, engine)
      const keys = ['c', 'a', 'b']
      await Promise.all(
        Array.from({ length: 18 }, (_, i) =>
          throttle.count((i % 2 ? keys : keys.toReversed()).map(failure), now, event('login.failed'))
        )
      )
      const expected = { lastAt: now, clearsAt: now + 18 * policy.forgiveMs }
      t.strictSame(
        (await throttle.counters(['a', 'b', 'c', 'd'])).sort((a, b) => (a.key < b.key ? -1 : 1)),
        ['a', 'b', 'c'].map(key => ({ key, ...expected }))
      )
      t.equal((await trail()).filter(({ action }) => action === 'login.failed').length, 18)
    })

    t.test('a failure is counted together with its event, or not at all', async t => {
      const { throttle, trail } = await withAlice(t, engine)
      await throttle.count([failure('a')], now, event('login.failed'))
      await t.rejects(throttle.count([failure('a'), failure('b')], now, impossible), {
        name: 'StoreError',
        code: 'failed'
      })
      t.strictSame(await throttle.counters(['a', 'b']), [{ key: 'a', lastAt: now, clearsAt: now + policy.forgiveMs }])
      t.equal((await trail()).filter(({ action }) => action === 'login.failed').length, 1)
    })

    t.test('a login makes its prefix known and clears only the counter that it names', async t => {
      const { store, throttle, user, known } = await withAlice(t, engine)
      await throttle.count(['own', 'other'].map(failure), now)
      const login = { passwordHash: 'hash', prefix: '192.0.2.0/24', forgives: 'own', most: 100 }
      const refused = { ...login, passwordHash: 'another' }
      t.equal(await store.sessions.insertLogin(newSession(user.id), refused, event('x')), undefined)
      t.equal(await throttle.isKnown({ userId: user.id, prefix: login.prefix }), false)
      t.equal((await throttle.counters(['own'])).length, 1, 'a refused login changes nothing')

      for (const seconds of [1, 2]) {
        const session = newSession(user.id, { createdAt: at(seconds) })
        t.ok(await store.sessions.insertLogin(session, login, event('login.succeeded')))
        t.strictSame(await known(), [{ userId: user.id, prefix: login.prefix, lastLoginAt: at(seconds) }])
      }
      t.equal(await throttle.isKnown({ userId: user.id, prefix: login.prefix }), true)
      t.equal(await throttle.isKnown({ userId: user.id, prefix: '192.0.3.0/24' }), false)
      t.equal(await throttle.isKnown({ userId: 'bob', prefix: login.prefix }), false)
      t.match(await throttle.counters(['own', 'other']), [{ key: 'other' }])
    })

    t.test('known prefixes are deleted with their user', async t => {
      const { store, user, known, remove } = await withAlice(t, engine)
      const login = { passwordHash: 'hash', prefix: '192.0.2.0/24', forgives: 'own', most: 100 }
      await store.sessions.insertLogin(newSession(user.id), login, event('login.succeeded'))
      t.equal((await known()).length, 1)
      await remove()
      t.strictSame(await known(), [])
    })

    t.test('forgiven counters and old known prefixes are deleted, and nothing else', async t => {
      const { store, throttle, user, known } = await withAlice(t, engine)
      await throttle.count([failure('early')], now)
      await throttle.count([failure('late')], now + 1)
      for (const [prefix, seconds] of [
        ['192.0.2.0/24', 10],
        ['192.0.3.0/24', 11]
      ] as const) {
        const login = { passwordHash: 'hash', prefix, forgives: 'none', most: 100 }
        await store.sessions.insertLogin(newSession(user.id, { createdAt: at(seconds) }), login, event('x'))
      }
      await throttle.prune(now + policy.forgiveMs, at(10))
      t.equal((await throttle.counters(['early', 'late'])).length, 2, 'it still counts at exactly that moment')
      await throttle.prune(now + policy.forgiveMs + 1, at(11))
      t.match(await throttle.counters(['early', 'late']), [{ key: 'late' }])
      t.match(await known(), [{ prefix: '192.0.3.0/24' }])
    })

    t.test('of many rows the oldest are deleted first, found by their index', async t => {
      const { throttle, user, known, url } = await withAlice(t, engine)
      const { db, schema } = openEngine(t, url)
      const rows = Array.from({ length: 1500 }, (_, n) => 1500 - n)
      await db.insert(schema.throttle).values(rows.map(n => ({ key: `${n}`, lastAt: 0, clearsAt: n })))
      await db
        .insert(schema.knownPrefixes)
        .values(rows.map(n => ({ userId: user.id, prefix: `${n}`, lastLoginAt: at(n) })))
      await throttle.prune(2000, at(2000), stopAfter(1))
      t.strictSame(
        (await throttle.counters(['1', '1000', '1001', '1500'])).map(({ key }) => Number(key)).sort(),
        [1001, 1500]
      )
      await throttle.prune(1001, at(2000), stopAfter(2))
      t.equal(Math.min(...(await known()).map(({ prefix }) => Number(prefix))), 1001)
    })

    t.test('a stop takes effect between the counters and the prefixes', async t => {
      const { store, throttle, user, known } = await withAlice(t, engine)
      await throttle.count([failure('a')], now)
      const login = { passwordHash: 'hash', prefix: '192.0.2.0/24', forgives: 'none', most: 100 }
      await store.sessions.insertLogin(newSession(user.id, { createdAt: at(1) }), login, event('x'))
      const prune = (steps: number) => throttle.prune(now + policy.forgiveMs + 1, at(2), stopAfter(steps))
      const left = async () => [(await throttle.counters(['a'])).length, (await known()).length]
      await prune(0)
      t.strictSame(await left(), [1, 1])
      await prune(1)
      t.strictSame(await left(), [0, 1])
      await prune(2)
      t.strictSame(await left(), [0, 0])
    })
  })
}

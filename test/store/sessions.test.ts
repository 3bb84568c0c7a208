import t, { type Test } from 'tap'
import type { ClientRow } from '../../src/store/clients.ts'
import { createSessionStore, type NewSession } from '../../src/store/sessions.ts'
import { type EngineName, engines } from '../support/engines.ts'
import {
  at,
  createStore,
  disable,
  event,
  newClient,
  newSession,
  newUser,
  openEngine,
  start,
  stopAfter
} from '../support/store.ts'

/** A store with the user alice. */
async function withAlice(t: Test, engine: EngineName) {
  const made = await createStore(t, engine)
  const user = newUser('alice', { passwordHash: 'hash' })
  await made.store.users.insert(user, event('user.created'))
  return { ...made, sessions: made.store.sessions, user }
}

/** The values that a login was checked against: the password hash, and the address prefix of the request. */
const checked = (passwordHash = 'hash', prefix = '192.0.2.0/24') => ({
  passwordHash,
  prefix,
  forgives: `known:of ${prefix}`
})

/** An id in the order of `n`, as UUIDv7 are in the order of time. */
const idOf = (n: number) => `session ${String(n).padStart(5, '0')}`

/** Adds this many rows in a few statements. */
async function addSessions(t: Test, url: string, count: number, row: (n: number) => NewSession) {
  const { db, schema } = openEngine(t, url)
  const rows = Array.from({ length: count }, (_, n) => row(n))
  for (let done = 0; done < count; done += 500) await db.insert(schema.sessions).values(rows.slice(done, done + 500))
}

const ended = { idleExpiresAt: at(1) }

const countOf = (trail: { action: string }[], action: string) => trail.filter(event => event.action === action).length

for (const engine of engines) {
  t.test(`sessions on ${engine}`, async t => {
    t.test('a login is a session, a time on the user and an event, in one transaction', async t => {
      const { store, sessions, user, trail } = await withAlice(t, engine)
      const session = newSession(user.id, { scope: ['me', 'users:read'], createdAt: at(7) })

      t.equal(await sessions.insertLogin(session, checked(), event('login.succeeded')), true)
      const stored = { ...user, emailVerified: false, disabled: false, lastLoginAt: at(7) }
      t.strictSame(await sessions.withUser(session.id), { session: { ...session, revokedAt: null }, user: stored })
      t.strictSame((await store.users.byId(user.id))?.lastLoginAt, at(7))
      t.equal(countOf(await trail(), 'login.succeeded'), 1)
    })

    t.test('no login succeeds if the password was changed or the user disabled or deleted meanwhile', async t => {
      const { store, sessions, user, trail } = await withAlice(t, engine)
      const session = newSession(user.id)
      t.equal(await sessions.insertLogin(session, checked('another hash'), event('login.succeeded')), false)
      t.equal(await sessions.insertLogin({ ...session, userId: 'unknown' }, checked(), event('login.succeeded')), false)
      await disable(store, user)
      t.equal(await sessions.insertLogin(session, checked(), event('login.succeeded')), false)
      t.equal(await sessions.withUser(session.id), undefined)
      t.equal(countOf(await trail(), 'login.succeeded'), 0)
    })

    t.test('no login by a registered client that was disabled or deleted meanwhile', async t => {
      const { store, sessions, user, trail } = await withAlice(t, engine)
      const registeredClient = (await store.clients.insert(newClient(), event('client.created'))) as ClientRow
      const login = () =>
        sessions.insertLogin(newSession(user.id), { ...checked(), registeredClient }, event('login.succeeded'))
      const own = () => sessions.insert(newSession(null), event('login.succeeded'), registeredClient)
      t.strictSame([await login(), await own()], [true, true])
      await store.clients.update(registeredClient, { disabled: true, updatedAt: at(1) }, event('client.updated'))
      t.strictSame([await login(), await own()], [false, false], 'the client is disabled')
      await store.clients.delete(registeredClient.id, at(2), event('client.deleted'))
      t.strictSame([await login(), await own()], [false, false], 'the client is deleted')
      t.equal(countOf(await trail(), 'login.succeeded'), 2)
    })

    t.test('a client gets no token based on its state before a change', async t => {
      const { store, sessions, user } = await withAlice(t, engine)
      const changes = [{ secretHash: 'another' }, { scopes: ['reports'] }, { grants: ['client_credentials'] }]
      for (const [n, change] of changes.entries()) {
        const made = newClient(`shop${n}`, { grants: ['password', 'client_credentials'] })
        const read = (await store.clients.insert(made, event('client.created'))) as ClientRow
        const own = (client: ClientRow) => sessions.insert(newSession(null), event('login.succeeded'), client)
        t.equal(await own(read), true)
        const now = await store.clients.update(read, { ...change, updatedAt: at(1) }, event('client.updated'))
        t.equal(await own(read), false, JSON.stringify(change))
        t.equal(await own(now as ClientRow), true)
        const login = (registeredClient: ClientRow) =>
          sessions.insertLogin(newSession(user.id), { ...checked(), registeredClient }, event('login.succeeded'))
        t.equal(await login(read), false, 'a login based on it fails')
        t.equal(await login(now as ClientRow), true)
      }
    })

    t.test('a concurrent login and disable never leave a live session', async t => {
      const { store, sessions, user } = await withAlice(t, engine)
      await Promise.all([
        ...Array.from({ length: 10 }, () =>
          sessions.insertLogin(newSession(user.id), checked(), event('login.succeeded'))
        ),
        disable(store, user),
        ...Array.from({ length: 10 }, () =>
          sessions.insertLogin(newSession(user.id), checked(), event('login.succeeded'))
        )
      ])
      t.strictSame(await sessions.ofUser(user.id, at(2)), [])
    })

    t.test('the session of a client has no user (RFC 6749 §4.4)', async t => {
      const { sessions, trail } = await withAlice(t, engine)
      const session = newSession(null, { clientId: 'c_1', ip: null, userAgent: null })
      await sessions.insert(session, event('login.succeeded', { detail: { session: session.id, count: 1, ok: true } }))
      t.strictSame(await sessions.withUser(session.id), { session: { ...session, revokedAt: null }, user: null })
      t.match(
        (await trail()).find(({ action }) => action === 'login.succeeded'),
        { detail: { session: session.id, count: 1, ok: true } }
      )
      t.equal(await sessions.withUser('nothing'), undefined)
    })

    t.test("a user's live sessions are listed, and no others, the latest login first", async t => {
      const { store, sessions, user } = await withAlice(t, engine)
      const bob = newUser('bob')
      await store.users.insert(bob, event('user.created'))
      const rows = {
        first: newSession(user.id),
        second: newSession(user.id, { createdAt: at(1) }),
        expired: newSession(user.id, { expiresAt: at(10) }),
        idle: newSession(user.id, { idleExpiresAt: at(10) }),
        ended: newSession(user.id),
        others: newSession(bob.id)
      }
      for (const row of Object.values(rows)) await sessions.insert(row, event('login.succeeded'))
      await sessions.end({ id: rows.ended.id }, at(2), event('session.ended'))

      t.strictSame(
        (await sessions.ofUser(user.id, at(10))).map(({ id }) => id),
        [rows.second.id, rows.first.id],
        'a session has ended at the moment of its expiry'
      )
      t.equal(await sessions.countLive(at(10)), 3)
      t.equal(await sessions.countLive(at(9)), 5)
    })

    const times = { now: at(5), idleExpiresAt: at(605) }

    t.test('a rotation updates the counter and the times, and records an event', async t => {
      const { sessions, user, trail } = await withAlice(t, engine)
      const session = { ...newSession(user.id), revokedAt: null }
      await sessions.insert(session, event('login.succeeded'))
      const moved = { ...session, counter: 1, rotatedAt: at(5), lastUsedAt: at(5), idleExpiresAt: at(605) }
      const told = event('token.refreshed', { actor: user.id, clientId: 'c_1', ip: '192.0.2.7', detail: { n: 1 } })
      t.strictSame(await sessions.rotate(session, times, told), moved)
      t.strictSame((await sessions.withUser(session.id))?.session, moved)
      t.strictSame(
        (await trail()).find(({ action }) => action === told.action),
        told
      )
    })

    t.test('of 40 concurrent rotations of one counter exactly one succeeds (RFC 9700 §4.14.2)', async t => {
      const { sessions, user, trail } = await withAlice(t, engine)
      const session = { ...newSession(user.id), revokedAt: null }
      await sessions.insert(session, event('login.succeeded'))
      const rotate = () => sessions.rotate(session, times, event('token.refreshed'))
      const rows = await Promise.all(Array.from({ length: 40 }, rotate))
      t.strictSame(
        rows.filter(row => row !== undefined).map(({ counter }) => counter),
        [1]
      )
      t.equal((await sessions.withUser(session.id))?.session.counter, 1)
      t.equal(countOf(await trail(), 'token.refreshed'), 1, 'the losers left no event')
    })

    t.test('a rotation requires a live session at that counter', async t => {
      const { sessions, user } = await withAlice(t, engine)
      const scenarios = [
        { name: 'counter behind', row: newSession(user.id, { counter: 3 }), counter: 2 },
        { name: 'counter ahead', row: newSession(user.id, { counter: 3 }), counter: 4 },
        { name: 'expired', row: newSession(user.id, { expiresAt: at(5) }), counter: 0 },
        { name: 'idle too long', row: newSession(user.id, { idleExpiresAt: at(5) }), counter: 0 },
        { name: 'ended', row: newSession(user.id), counter: 0, end: true }
      ]
      for (const { name, row, counter, end } of scenarios) {
        await sessions.insert(row, event('login.succeeded'))
        if (end) await sessions.end({ id: row.id }, at(1), event('session.ended'))
        const session = { ...row, counter, revokedAt: null }
        t.equal(await sessions.rotate(session, times, event('token.refreshed')), undefined, name)
        t.equal((await sessions.withUser(row.id))?.session.counter, row.counter, name)
      }
      const nobodys = { ...newSession(null), revokedAt: null }
      t.equal(await sessions.rotate(nobodys, times, event('token.refreshed')), undefined, 'no such session')
    })

    t.test('the synchronous cache never returns the old state of a session', async t => {
      const { sessions, user } = await withAlice(t, engine)
      const session = newSession(user.id)
      await sessions.insert(session, event('login.succeeded'))
      t.equal(sessions.peekWithUser(session.id), undefined)
      const row = await sessions.withUser(session.id)
      t.strictSame(sessions.peekWithUser(session.id), engine === 'sqlite' ? row : undefined)
      await sessions.end({ id: session.id }, at(1), event('session.ended'))
      t.equal(sessions.peekWithUser(session.id), undefined)
    })

    t.test('a session ends once, and only for the given owner if there is one', async t => {
      const { sessions, user, trail } = await withAlice(t, engine)
      const session = newSession(user.id)
      await sessions.insert(session, event('login.succeeded'))
      t.equal(await sessions.end({ id: session.id, userId: 'bob' }, at(1), event('session.ended')), false)
      t.equal(await sessions.end({ id: session.id, userId: user.id }, at(2), event('session.ended')), true)
      t.equal(await sessions.end({ id: session.id, userId: user.id }, at(3), event('session.ended')), false)
      t.equal(await sessions.end({ id: session.id }, at(3), event('session.ended')), false)
      t.strictSame((await sessions.withUser(session.id))?.session.revokedAt, at(2))
      t.equal(countOf(await trail(), 'session.ended'), 1)
    })

    t.test('of 20 concurrent ends of one session exactly one succeeds (compare-and-swap)', async t => {
      const { sessions, user, trail } = await withAlice(t, engine)
      const session = newSession(user.id)
      await sessions.insert(session, event('login.succeeded'))
      const ended = await Promise.all(
        Array.from({ length: 20 }, () => sessions.end({ id: session.id }, at(1), event('session.ended')))
      )
      t.strictSame(ended.filter(Boolean), [true])
      t.equal(countOf(await trail(), 'session.ended'), 1)
    })

    t.test('all sessions of a user end except the one to keep', async t => {
      const { store, sessions, user, trail } = await withAlice(t, engine)
      const bob = newUser('bob')
      await store.users.insert(bob, event('user.created'))
      const [a, b, c] = [newSession(user.id), newSession(user.id), newSession(user.id)]
      const others = newSession(bob.id)
      for (const row of [a, b, c, others]) await sessions.insert(row, event('login.succeeded'))

      t.equal(await sessions.endAll(user.id, b.id, at(1), event('session.ended')), 2)
      t.strictSame(
        (await sessions.ofUser(user.id, at(1))).map(({ id }) => id),
        [b.id]
      )
      t.equal(await sessions.endAll(user.id, undefined, at(2), event('session.ended')), 1)
      t.equal(await sessions.endAll(user.id, undefined, at(3), event('session.ended')), 0)
      t.strictSame(
        (await sessions.ofUser(bob.id, at(3))).map(({ id }) => id),
        [others.id]
      )
      t.equal(countOf(await trail(), 'session.ended'), 2, 'ending nothing leaves no event')
    })

    t.test('sessions that ended or expired before a time are deleted, and live ones are kept', async t => {
      const { sessions, user } = await withAlice(t, engine)
      const rows = {
        live: newSession(user.id),
        expired: newSession(user.id, { expiresAt: at(5) }),
        idle: newSession(user.id, { idleExpiresAt: at(5) }),
        ended: newSession(user.id),
        justEnded: newSession(user.id)
      }
      for (const row of Object.values(rows)) await sessions.insert(row, event('login.succeeded'))
      await sessions.end({ id: rows.ended.id }, at(5), event('session.ended'))
      await sessions.end({ id: rows.justEnded.id }, at(6), event('session.ended'))

      t.equal(await sessions.prune(at(6)), 3)
      t.equal(await sessions.prune(at(6)), 0)
      for (const { id } of [rows.live, rows.justEnded]) t.ok(await sessions.withUser(id))
      for (const { id } of [rows.expired, rows.idle, rows.ended]) t.equal(await sessions.withUser(id), undefined)
    })

    t.test('a long deletion runs in steps, to its end', async t => {
      const { sessions, user, url } = await withAlice(t, engine)
      await addSessions(t, url, 2500, n => newSession(user.id, { id: idOf(n), ...ended }))
      const live = newSession(user.id)
      await sessions.insert(live, event('login.succeeded'))
      t.equal(await sessions.prune(at(2)), 2500)
      t.strictSame(
        (await sessions.ofUser(user.id, at(2))).map(({ id }) => id),
        [live.id]
      )
    })

    t.test('a stop ends a long deletion after a step: a closing server does not wait for the rest', async t => {
      const { sessions, user, url } = await withAlice(t, engine)
      await addSessions(t, url, 1500, n => newSession(user.id, { id: idOf(n), ...ended }))
      const counts = []
      for (const steps of [0, 1, 2]) counts.push(await sessions.prune(at(2), stopAfter(steps)))
      t.strictSame(counts, [0, 1000, 500])
    })

    t.test('live sessions are scanned without the lock that writes share (decision 4)', async t => {
      const { user, url } = await withAlice(t, engine)
      const below = openEngine(t, url)
      const old = new Set([0, 700, 1400, 3100].map(idOf))
      await addSessions(t, url, 3200, n => newSession(user.id, { id: idOf(n), ...(old.has(idOf(n)) && ended) }))
      let lists = 0
      const { prune } = createSessionStore({
        ...below,
        atomic(build) {
          lists++
          return below.atomic(build)
        }
      })
      t.strictSame([await prune(at(2)), lists], [4, 1], 'the deletions of all pages share a commit')
      t.strictSame([await prune(at(2)), lists], [0, 1])
    })

    t.test('more than a page of sessions is deleted, wherever they are among live ones', async t => {
      const { sessions, user, url } = await withAlice(t, engine)
      await addSessions(t, url, 3600, n => newSession(user.id, { id: idOf(n), ...(n % 2 && ended) }))
      t.equal(await sessions.prune(at(2)), 1800)
      t.equal((await sessions.ofUser(user.id, at(0))).length, 1800)
      t.equal(await sessions.countLive(at(2)), 1800)
    })

    t.test('a session that is live again when it would be deleted is kept', async t => {
      const { sessions, user, url } = await withAlice(t, engine)
      const below = openEngine(t, url)
      const session = newSession(user.id, ended)
      await sessions.insert(session, event('login.succeeded'))
      const { prune } = createSessionStore({
        ...below,
        async atomic(build) {
          await below.db.update(below.schema.sessions).set({ idleExpiresAt: at(600) })
          return await below.atomic(build)
        }
      })
      t.equal(await prune(at(2)), 0)
      t.ok(await sessions.withUser(session.id))
    })

    t.test('a session requires an existing user (foreign keys are on)', async t => {
      const { sessions } = await withAlice(t, engine)
      await t.rejects(sessions.insert(newSession('unknown'), event('login.succeeded')), {
        name: 'StoreError',
        code: 'failed'
      })
    })

    t.test('two sessions cannot share an id (primary key)', async t => {
      const { sessions, user, trail } = await withAlice(t, engine)
      const session = newSession(user.id, { createdAt: start })
      await sessions.insert(session, event('login.succeeded'))
      await t.rejects(sessions.insert(session, event('login.succeeded')), { name: 'StoreError', code: 'conflict' })
      t.equal(countOf(await trail(), 'login.succeeded'), 1)
    })
  })
}

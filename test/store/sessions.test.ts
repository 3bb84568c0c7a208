import type { Test } from 'tap'
import type { ClientRow } from '../../src/store/clients.ts'
import { dayOf } from '../../src/store/session-rows.ts'
import type { NewSession, SessionRow } from '../../src/store/sessions.ts'
import type { EngineName } from '../support/engines.ts'
import { engineTest } from '../support/pg-test.ts'
import { plansOf } from '../support/plans.ts'
import {
  at,
  checkedLogin,
  createStore,
  disable,
  event,
  newClient,
  newSession,
  newUser,
  openNode,
  sessionRow,
  start,
  stopAfter,
  userDefaults
} from '../support/store.ts'

/** A store with the user alice. */
async function withAlice(t: Test, engine: EngineName) {
  const made = await createStore(t, engine)
  const user = newUser('alice')
  await made.store.users.insert(user, event('user.created'))
  return { ...made, sessions: made.store.sessions, user }
}

const countOf = (actions: string[], action: string) => actions.filter(each => each === action).length

engineTest('A login is a session, a time on the user and an event, in one transaction', async (t, engine) => {
  const { store, sessions, user, actions } = await withAlice(t, engine)
  const session = newSession(user.id, { scope: ['me', 'users:read'], createdAt: at(7) })

  t.strictSame(await sessions.insertLogin(session, checkedLogin(), event('login.succeeded')), sessionRow(session))
  const found = {
    session: sessionRow(session),
    user: { ...user, ...userDefaults, lastLoginAt: at(7) },
    endedByClient: false,
    clientScopes: null
  }
  t.strictSame(await sessions.withUser(session.id), found)
  t.strictSame((await store.users.byId(user.id))?.lastLoginAt, at(7))
  t.equal(countOf(await actions(), 'login.succeeded'), 1)
})

engineTest('No login succeeds once the password has changed or the user is disabled or deleted', async (t, engine) => {
  const { store, sessions, user, actions } = await withAlice(t, engine)
  const session = newSession(user.id)
  const login = (passwordHash = user.passwordHash, userId = user.id) =>
    sessions.insertLogin({ ...session, userId }, checkedLogin({ passwordHash }), event('login.succeeded'))
  t.equal(await login('another hash'), undefined)
  t.equal(await login(user.passwordHash, 'unknown'), undefined)
  await disable(store, user)
  t.equal(await login(), undefined)
  t.equal(await sessions.withUser(session.id), undefined)
  t.equal(countOf(await actions(), 'login.succeeded'), 0)
})

engineTest('A client gets no token based on its state before a change', async (t, engine) => {
  const { store, sessions, user } = await withAlice(t, engine)
  const own = (client: ClientRow) => sessions.insert(newSession(null), event('login.succeeded'), client)
  const login = (registeredClient: ClientRow) =>
    sessions.insertLogin(newSession(user.id), checkedLogin({ registeredClient }), event('login.succeeded'))
  const changes = [{ secretHash: 'another' }, { scopes: ['reports'] }, { grants: ['client_credentials'] }]
  for (const [n, change] of [...changes, { disabled: true }].entries()) {
    const made = newClient(`shop${n}`, { grants: ['password', 'client_credentials'] })
    const read = (await store.clients.insert(made, event('client.created'))) as ClientRow
    t.ok((await own(read)) && (await login(read)))
    const now = (await store.clients.update(read, { ...change, updatedAt: at(1) }, event('changed'))) as ClientRow
    t.strictSame([await own(read), await login(read)], [undefined, undefined], JSON.stringify(change))
    if (now.disabled) continue
    t.ok((await own(now)) && (await login(now)))
    await store.clients.delete(read.id, event('client.deleted'))
    t.strictSame([await own(now), await login(now)], [undefined, undefined], 'the client is deleted')
  }
})

engineTest("A session ends when its client's epoch is another, its own or that of logins", async (t, engine) => {
  const { store, sessions, user, addSessions } = await withAlice(t, engine)
  const client = (await store.clients.insert(newClient(), event('client.created'))) as ClientRow
  await store.clients.update(client, { scopes: ['me'], updatedAt: at(1) }, event('changed'))
  const endedByClient = async (session: NewSession) => {
    await addSessions(session)
    return (await sessions.withUser(session.id))?.endedByClient
  }
  const of = (userId: string | null, clientEpoch: number | null, clientId = client.id) =>
    endedByClient(newSession(userId, { clientId, clientEpoch }))
  t.strictSame([await of(null, 0), await of(null, 1)], [true, false], "the client's own")
  t.strictSame([await of(user.id, 0), await of(user.id, 1)], [false, true], 'of a user')
  t.equal(await of(user.id, null, 'first-party'), false, 'the built-in client has no row')
  t.equal(await of(user.id, 0, 'c_deleted'), true)
})

engineTest('A login ends the oldest sessions beyond the limit, and no others', async (t, engine) => {
  const { sessions, user, addSessions } = await withAlice(t, engine)
  const made = Array.from({ length: 5 }, (_, n) => newSession(user.id, { createdAt: at(n) }))
  const logOut = { ...newSession(user.id, { createdAt: at(9) }), revokedAt: at(10), endsOn: 0 }
  const others = newSession(null)
  await addSessions(...made, logOut, others)
  const login = (seconds: number) =>
    sessions.insertLogin(
      newSession(user.id, { createdAt: at(seconds) }),
      checkedLogin({ most: 3 }),
      event('login.succeeded')
    )
  const added = await login(20)
  const live = async () => (await sessions.ofUser(user.id, at(20))).map(({ id }) => id)
  t.strictSame(await live(), [added?.id, made[4]?.id, made[3]?.id])
  t.match((await sessions.withUser(String(made[0]?.id)))?.session, { revokedAt: at(20), endsOn: dayOf(at(20)) })
  t.match((await sessions.withUser(logOut.id))?.session, { revokedAt: at(10) }, 'an ended session stays as it was')
  t.match((await sessions.withUser(others.id))?.session, { revokedAt: null })
  const next = await login(21)
  t.strictSame(await live(), [next?.id, added?.id, made[4]?.id])
  t.ok(await sessions.insertLogin(newSession(user.id, { createdAt: at(22) }), checkedLogin({ most: 1 }), event('x')))
  t.equal((await live()).length, 1)
})

engineTest('A login ends at most a thousand sessions at a time', async (t, engine) => {
  const { sessions, user, addSessions } = await withAlice(t, engine)
  await addSessions(...Array.from({ length: 1200 }, (_, n) => newSession(user.id, { createdAt: at(-n) })))
  t.equal((await sessions.ofUser(user.id, at(0))).length, 1000, 'a list is bounded as well')
  const left = []
  for (const seconds of [1, 2]) {
    await sessions.insertLogin(newSession(user.id, { createdAt: at(seconds) }), checkedLogin(), event('x'))
    left.push((await sessions.ofUser(user.id, at(seconds))).length)
  }
  t.strictSame(left, [201, 100])
})

engineTest('The session of a client has no user (RFC 6749 §4.4)', async (t, engine) => {
  const { store, sessions, actions } = await withAlice(t, engine)
  const client = (await store.clients.insert(newClient(), event('client.created'))) as ClientRow
  const session = newSession(null, { clientId: client.id, clientEpoch: 0, ip: null, userAgent: null })
  t.strictSame(await sessions.insert(session, event('login.succeeded'), client), sessionRow(session))
  t.strictSame(await sessions.withUser(session.id), {
    session: sessionRow(session),
    user: null,
    endedByClient: false,
    clientScopes: client.scopes
  })
  t.equal(countOf(await actions(), 'login.succeeded'), 1)
  t.equal(await sessions.withUser('nothing'), undefined)
})

engineTest("A user's live sessions are listed, and no others, the latest login first", async (t, engine) => {
  const { store, sessions, user, addSessions } = await withAlice(t, engine)
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
  await addSessions(...Object.values(rows))
  await sessions.end({ id: rows.ended.id }, at(2), event('session.ended'))

  t.strictSame(
    (await sessions.ofUser(user.id, at(10))).map(({ id }) => id),
    [rows.second.id, rows.first.id],
    'a session has ended at the moment of its expiry'
  )
})

const rotation = { counter: 1, now: at(5), rotatedAt: at(4), idleExpiresAt: at(605), ip: '192.0.2.9' }

for (const told of [undefined, event('token.refreshed', { ip: '192.0.2.9', detail: { n: 1 } })])
  engineTest(`A rotation sets counter, times and address, with ${told ? 'its' : 'no'} event`, async (t, engine) => {
    const { sessions, user, trail, addSessions } = await withAlice(t, engine)
    const session = sessionRow(newSession(user.id))
    await addSessions(session)
    const later = { ...rotation, idleExpiresAt: at(3 * 86_400) }
    const moved = {
      ...session,
      counter: 1,
      rotatedAt: at(4),
      lastUsedAt: at(5),
      idleExpiresAt: later.idleExpiresAt,
      endsOn: session.endsOn + 3,
      lastIp: '192.0.2.9'
    }
    t.strictSame(await sessions.rotate(session, later, told), moved)
    t.strictSame((await sessions.withUser(session.id))?.session, moved)
    t.strictSame(
      (await trail()).filter(({ action }) => action === 'token.refreshed'),
      told ? [told] : []
    )
  })

engineTest('A rotation binds a session to a key, with a proof once (RFC 9449 §5, §11.1)', async (t, engine) => {
  const { sessions, store, user, addSessions } = await withAlice(t, engine)
  const [one, other] = [sessionRow(newSession(user.id)), sessionRow(newSession(user.id))]
  await addSessions(one, other)
  const proof = { id: 'dpop:proof', expiresAt: at(60) }
  const read = async ({ id }: { id: string }) => (await sessions.withUser(id))?.session
  await Promise.all([read(one), read(other)])
  t.match(await sessions.rotate(one, { ...rotation, jkt: 'key' }, undefined, [proof]), { counter: 1, jkt: 'key' })
  t.match(await read(one), { counter: 1, jkt: 'key' })
  t.equal(await store.spent.has(proof.id), true)
  for (const told of [undefined, event('token.refreshed')])
    t.equal(await sessions.rotate(other, rotation, told, [proof]), undefined, 'the proof was used')
  t.match(await read(other), { counter: 0, jkt: null })
  const unused = { ...proof, id: 'dpop:unused' }
  t.equal(await sessions.rotate(one, rotation, undefined, [unused]), undefined, 'the counter has moved on')
  t.equal(await store.spent.has(unused.id), false)
})

engineTest('Of 40 concurrent rotations of one counter exactly one succeeds (RFC 9700 §4.14.2)', async (t, engine) => {
  const { sessions, user, actions, addSessions } = await withAlice(t, engine)
  const session = sessionRow(newSession(user.id))
  await addSessions(session)
  const rotate = (_: unknown, n: number) =>
    sessions.rotate(session, rotation, n % 2 ? event('token.refreshed') : undefined)
  const rows = await Promise.all(Array.from({ length: 40 }, rotate))
  t.match(
    rows.filter(row => row !== undefined),
    [{ counter: 1 }]
  )
  t.equal((await sessions.withUser(session.id))?.session.counter, 1)
  t.ok(countOf(await actions(), 'token.refreshed') <= 1, 'the losers left no event')
})

engineTest('A rotation requires a live session at that counter', async (t, engine) => {
  const { sessions, user, addSessions } = await withAlice(t, engine)
  const scenarios = [
    { name: 'counter behind', row: newSession(user.id, { counter: 3 }), counter: 2 },
    { name: 'counter ahead', row: newSession(user.id, { counter: 3 }), counter: 4 },
    { name: 'expired', row: newSession(user.id, { expiresAt: at(5) }), counter: 0 },
    { name: 'idle too long', row: newSession(user.id, { idleExpiresAt: at(5) }), counter: 0 },
    { name: 'ended', row: { ...newSession(user.id), revokedAt: at(1) }, counter: 0 }
  ]
  for (const { name, row, counter } of scenarios) {
    await addSessions(row)
    const session = { ...sessionRow(row), counter }
    t.equal(await sessions.rotate(session, { ...rotation, counter: counter + 1 }), undefined, name)
    t.equal(await sessions.rotate(session, rotation, event('token.refreshed')), undefined, name)
    t.equal((await sessions.withUser(row.id))?.session.counter, row.counter, name)
  }
  t.equal(await sessions.rotate(sessionRow(newSession(null)), rotation), undefined, 'no such session')
})

engineTest('After a rotation, the session is read as it is stored', async (t, engine) => {
  const { url, sessions, user, addSessions } = await withAlice(t, engine)
  const other = await openNode(t, url)
  const session = sessionRow(newSession(user.id))
  await addSessions(session)
  const read = async () => (await sessions.withUser(session.id))?.session ?? session
  const before = await read()
  t.match(await sessions.rotate(before, rotation), { counter: 1 })
  const rotated = await read()
  t.strictSame(rotated, (await other.sessions.withUser(session.id))?.session)

  const spent = [{ id: 'code', expiresAt: at(60) }]
  const proof = { amr: ['pwd', 'otp'], authTime: at(9), spent, now: at(9) }
  await other.sessions.stepUp(session, proof, event('session.stepped_up'))
  t.match(await sessions.rotate(rotated, { ...rotation, counter: 2 }), { counter: 2 })
  t.match(await read(), { counter: 2, amr: ['pwd', 'otp'], authTime: at(9) })
  t.equal(await sessions.rotate(before, rotation), undefined, 'an old row')
  t.match(await read(), { counter: 2, amr: ['pwd', 'otp'] })
})

engineTest(
  'A key stays with its session, whatever a refresh or a step-up has read before (RFC 9449 §5)',
  async (t, engine) => {
    const { sessions, user, addSessions } = await withAlice(t, engine)
    const stepUp = { amr: ['pwd'], authTime: at(9), spent: [], now: at(9) }
    const ways: Record<string, (unbound: SessionRow) => Promise<unknown>> = {
      'a refresh without a key': unbound => sessions.rotate(unbound, { ...rotation, jkt: null }),
      'a refresh with another': unbound =>
        sessions.rotate(unbound, { ...rotation, jkt: 'k2' }, event('token.refreshed')),
      'a step-up without a key': unbound => sessions.stepUp(unbound, stepUp, event('session.stepped_up')),
      'a step-up with another': unbound =>
        sessions.stepUp(unbound, { ...stepUp, jkt: 'k2' }, event('session.stepped_up'))
    }
    for (const [name, write] of Object.entries(ways)) {
      const unbound = sessionRow(newSession(user.id))
      await addSessions(unbound)
      await sessions.stepUp(unbound, { ...stepUp, jkt: 'k1' }, event('session.stepped_up'))
      t.ok(await write(unbound))
      t.equal((await sessions.withUser(unbound.id))?.session.jkt, 'k1', name)
    }
  }
)

engineTest('A retry is recorded once for each counter', async (t, engine) => {
  const { sessions, user, actions, addSessions } = await withAlice(t, engine)
  const session = sessionRow(newSession(user.id, { counter: 1 }))
  await addSessions(session)
  const retry = (counter: number) => sessions.recordRetry({ ...session, counter }, event('token.retried'))
  await Promise.all(Array.from({ length: 10 }, () => retry(1)))
  t.equal(countOf(await actions(), 'token.retried'), 1)
  t.equal((await sessions.withUser(session.id))?.session.retriedCounter, 1)
  await retry(2)
  await retry(1)
  t.equal(countOf(await actions(), 'token.retried'), 2)
  t.equal((await sessions.withUser(session.id))?.session.retriedCounter, 2)
})

engineTest('A recalled session never has an old state', async (t, engine) => {
  const { sessions, user, addSessions } = await withAlice(t, engine)
  const session = newSession(user.id)
  await addSessions(session)
  const recall = (id: string) => new Promise(resolve => sessions.recallWithUser(id, resolve))
  t.equal(await recall(session.id), undefined)
  const row = await sessions.withUser(session.id)
  t.strictSame(await recall(session.id), engine === 'sqlite' ? row : undefined)
  await sessions.end({ id: session.id }, at(1), event('session.ended'))
  t.equal(await recall(session.id), undefined)
})

engineTest('A session ends for its owner alone, and of 20 concurrent ends one succeeds', async (t, engine) => {
  const { sessions, user, actions, addSessions } = await withAlice(t, engine)
  const session = newSession(user.id)
  await addSessions(session)
  const end = (userId?: string) =>
    sessions.end({ id: session.id, ...(userId && { userId }) }, at(2), event('session.ended'))
  t.equal(await end('bob'), false)
  const ended = await Promise.all(Array.from({ length: 20 }, (_, n) => end(n % 2 ? user.id : undefined)))
  t.strictSame(ended.filter(Boolean), [true])
  t.strictSame((await sessions.withUser(session.id))?.session.revokedAt, at(2))
  t.equal(countOf(await actions(), 'session.ended'), 1)
})

engineTest('All sessions of a user end except the one to keep', async (t, engine) => {
  const { store, sessions, user, actions, addSessions } = await withAlice(t, engine)
  const bob = newUser('bob')
  await store.users.insert(bob, event('user.created'))
  const [a, b, c] = [newSession(user.id), newSession(user.id), newSession(user.id)]
  const others = newSession(bob.id)
  await addSessions(a, b, c, others)

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
  t.equal(countOf(await actions(), 'session.ended'), 2, 'ending nothing leaves no event')
})

engineTest('Sessions that ended or expired on an earlier day are deleted, and no others', async (t, engine) => {
  const { sessions, user, addSessions } = await withAlice(t, engine)
  const [eve, midnight] = [new Date('2026-01-31T23:59:59.999Z'), new Date('2026-02-01T00:00:00.000Z')]
  const rows = {
    live: newSession(user.id, { expiresAt: at(1_000_000), idleExpiresAt: at(1_000_000) }),
    expired: newSession(user.id, { expiresAt: eve, idleExpiresAt: eve }),
    justExpired: newSession(user.id, { expiresAt: midnight, idleExpiresAt: midnight }),
    ended: newSession(user.id, { expiresAt: at(1_000_000), idleExpiresAt: at(1_000_000) }),
    justEnded: newSession(user.id, { expiresAt: at(1_000_000), idleExpiresAt: at(1_000_000) })
  }
  await addSessions(...Object.values(rows))
  await sessions.end({ id: rows.ended.id }, eve, event('session.ended'))
  await sessions.end({ id: rows.justEnded.id }, midnight, event('session.ended'))

  t.equal(await sessions.prune(eve), 0)
  t.equal(await sessions.prune(midnight), 2)
  t.equal(await sessions.prune(midnight), 0)
  for (const { id } of [rows.live, rows.justExpired, rows.justEnded]) t.ok(await sessions.withUser(id))
  for (const { id } of [rows.expired, rows.ended]) t.equal(await sessions.withUser(id), undefined)
})

engineTest('Live sessions are counted to the millisecond, whatever the day of their end', async (t, engine) => {
  const { sessions, user, addSessions } = await withAlice(t, engine)
  t.equal(await sessions.countLive(start), 0, 'an empty table')
  const days = [0, 0, 1, 2, 2, 40]
  const rows = days.map(day =>
    newSession(user.id, { expiresAt: at(day * 86_400 + 60), idleExpiresAt: at(day * 86_400 + 60) })
  )
  await addSessions(...rows, { ...newSession(user.id), revokedAt: at(1) })
  const counts = []
  for (const seconds of [0, 59, 60, 86_459, 86_460, 3 * 86_400, 40 * 86_400 + 59, 40 * 86_400 + 60, 1e7])
    counts.push(await sessions.countLive(at(seconds)))
  t.strictSame(counts, [6, 6, 4, 4, 3, 1, 1, 0, 0])
  await sessions.end({ id: String(rows.at(-1)?.id) }, at(1), event('session.ended'))
  t.equal(await sessions.countLive(at(1)), 5, 'an ended session is not counted')
})

engineTest('A long deletion runs in steps, and a closing server does not wait for the rest', async (t, engine) => {
  const { sessions, user, addSessions } = await withAlice(t, engine)
  const live = newSession(user.id, { idleExpiresAt: at(200_000), expiresAt: at(200_000) })
  await addSessions(live, ...Array.from({ length: 3500 }, () => newSession(user.id)))
  const counts = []
  for (const steps of [0, 1, 2, 9]) counts.push(await sessions.prune(at(100_000), stopAfter(steps)))
  t.strictSame(counts, [0, 1000, 2000, 500])
  t.ok(await sessions.withUser(live.id))
})

engineTest('Counting, deleting and listing read an index, in its order', async (t, engine) => {
  const { url, sessions, addSessions, user } = await withAlice(t, engine)
  await addSessions(
    ...Array.from({ length: 1000 }, (_, n) =>
      newSession(user.id, { idleExpiresAt: at(n * 86_400), expiresAt: at(n * 86_400) })
    )
  )
  const plans = await plansOf(t, url, async () => {
    await sessions.countLive(at(990 * 86_400))
    await sessions.prune(start)
    await sessions.ofUser(user.id, start)
  })
  t.ok(plans.length > 10)
  for (const plan of plans) t.match(plan, /sessions_(end|user)/)
  if (engine === 'postgres') t.match(plans.at(-1), 'Presorted Key: sessions.revoked_at, sessions.created_at')
  else t.notMatch(plans.at(-1), 'TEMP B-TREE FOR ORDER BY')
})

engineTest('Every session ends in steps of a thousand, whatever ended before', async (t, engine) => {
  const { url, sessions, addSessions, user } = await withAlice(t, engine)
  const rows = Array.from({ length: 2500 }, () => newSession(user.id))
  for (const first of [0, 1000, 2000]) await addSessions(...rows.slice(first, first + 1000))
  const [early, other] = [String(rows[0]?.id), String(rows[1]?.id)]
  await sessions.end({ id: early }, at(1), event('session.ended'))
  const one = await sessions.endNext(undefined, at(2))
  const last = await sessions.endNext(one.next, at(2))
  const rest = await sessions.endNext(last.next, at(2))
  t.equal(one.ended + last.ended + rest.ended, 2499)
  t.ok(one.ended >= 999 && one.ended <= 1000 && last.ended >= 999)
  t.equal(rest.next, undefined)
  t.match((await sessions.withUser(early))?.session, { revokedAt: at(1) }, 'it keeps its end')
  t.match((await sessions.withUser(other))?.session, { revokedAt: at(2) })
  t.strictSame(await sessions.endNext(undefined, at(3)), { ended: 0, next: one.next })
  const plans = await plansOf(t, url, () => sessions.endNext(one.next, at(3)))
  t.match(plans[0], /sessions_pkey|sqlite_autoindex_sessions_1 \\?\(id>/)
})

engineTest('Two sessions cannot share an id, because a code that names one works once', async (t, engine) => {
  const { sessions, user, actions } = await withAlice(t, engine)
  const session = newSession(user.id, { createdAt: start })
  const login = () => sessions.insertLogin(session, checkedLogin(), event('login.succeeded'))
  await login()
  t.equal(await login(), undefined)
  t.equal(countOf(await actions(), 'login.succeeded'), 1)
})

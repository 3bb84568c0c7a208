import type { Test } from 'tap'
import type { Policy } from '../../src/auth/throttle/backoff.ts'
import type { ClientRow } from '../../src/store/clients.ts'
import type { Store } from '../../src/store/open.ts'
import type { UserRow } from '../../src/store/users.ts'
import { attempt } from '../support/attempts.ts'
import { connect, hold, holdEnds, overlap } from '../support/locks.ts'
import { pgTest } from '../support/pg-test.ts'
import {
  at,
  checkedLogin,
  createStore,
  event,
  execute,
  newClient,
  newKey,
  newSession,
  newUser,
  openNode,
  sessionRow,
  start
} from '../support/store.ts'

// Lists on PostgreSQL run at the same time. Each test here forces the order of two of them, or repeats many.

/** Stores on one database, each with its own connections, like the nodes of a cluster. */
async function createNodes(t: Test, count = 2) {
  const { store, ...made } = await createStore(t, 'postgres')
  const nodes = [store]
  while (nodes.length < count) {
    const node = await openNode(t, made.url)
    nodes.push(node)
  }
  return { ...made, nodes: nodes as [Store, Store, ...Store[]] }
}

const addUser = async (store: Store, ...given: Parameters<typeof newUser>) =>
  (await store.users.insert(newUser(...given), event('user.created'))) as UserRow

const addClient = async (store: Store, ...given: Parameters<typeof newClient>) =>
  (await store.clients.insert(newClient(...given), event('client.created'))) as ClientRow

const login = (store: Store, user: UserRow, members: { registeredClient?: ClientRow; most?: number } = {}) => {
  const { passwordHash, loginEpoch } = user
  const session = newSession(user.id, members.registeredClient && ofClient(members.registeredClient))
  const checked = checkedLogin({ passwordHash, loginEpoch, ...members })
  return store.sessions.insertLogin(session, checked, event('login.succeeded'))
}

const ofClient = ({ id, loginEpoch }: ClientRow) => ({ clientId: id, clientEpoch: loginEpoch })

const scope = 'users:write'

const demotions = {
  disable: ({ userAdmin }: Store, user: UserRow) =>
    userAdmin.change(user, { disabled: true, scopes: user.scopes, updatedAt: at(1) }, scope, [event('changed')]),
  strip: ({ userAdmin }: Store, user: UserRow) =>
    userAdmin.change(user, { disabled: false, scopes: ['me'], updatedAt: at(1) }, scope, [event('changed')]),
  delete: ({ userAdmin }: Store, user: UserRow) => userAdmin.remove(user, scope, event('removed')),
  'void the password of': ({ userAdmin }: Store, user: UserRow) =>
    userAdmin.voidPassword(user, { unusable: '!x', now: at(1), kept: scope }, event('voided'), [])
}

for (const [way, demote] of Object.entries(demotions))
  for (const [otherWay, demoteToo] of Object.entries(demotions)) {
    // Each way first and second.
    if (way !== 'disable' && otherWay !== 'disable') continue
    pgTest(`Of two administrators who ${way} and ${otherWay} each other at once, one stays`, async t => {
      const { nodes, url } = await createNodes(t)
      const alice = await addUser(nodes[0], 'alice', { scopes: [scope] })
      const bob = await addUser(nodes[0], 'bob', { scopes: [scope] })
      const done = await overlap<unknown, unknown>(
        t,
        url,
        () => demote(nodes[0], alice),
        () => demoteToo(nodes[1], bob)
      )
      t.strictSame(done.map(Boolean), [true, false])
      t.ok(await nodes[0].userAdmin.hasOther(alice.id, scope), 'bob is an administrator')
    })
  }

pgTest('Other changes of accounts do not wait for those of administrators', async t => {
  const { nodes, url } = await createNodes(t)
  const [alice] = [
    await addUser(nodes[0], 'alice', { scopes: [scope] }),
    await addUser(nodes[0], 'carol', { scopes: [scope] })
  ]
  const bob = await addUser(nodes[0], 'bob')
  const { waiting, release } = await hold(t, url, 'SELECT FROM users WHERE id = $1 FOR UPDATE', [alice.id])
  const waits = demotions.delete(nodes[0], alice)
  await waiting(1)
  t.ok(await nodes[1].users.update(bob.id, { fullName: 'Bob', updatedAt: at(1) }, event('user.updated')))
  await release()
  t.match(await waits, { id: alice.id })
})

const endings = {
  'a change of the password': ({ users }: Store, user: UserRow) =>
    users.replacePassword(
      { id: user.id, from: user.passwordHash, to: 'new', now: at(1) },
      event('user.password_changed')
    ),
  'the end of the password': ({ userAdmin }: Store, user: UserRow) =>
    userAdmin.voidPassword(user, { unusable: '!x', now: at(1), kept: scope }, event('voided'), []),
  'the disabling of the user': ({ userAdmin }: Store, user: UserRow) =>
    userAdmin.change(user, { disabled: true, scopes: user.scopes, updatedAt: at(1) }, scope, [event('changed')]),
  'the deletion of the user': ({ userAdmin }: Store, user: UserRow) => userAdmin.remove(user, scope, event('removed')),
  'the end of all logins': async ({ sessions }: Store, user: UserRow) => {
    await sessions.endAll(user.id, undefined, at(1), event('session.ended'))
    return true
  }
}

for (const [change, end] of Object.entries(endings))
  for (const order of ['before', 'after'])
    pgTest(`A login ${order} ${change} at the same time leaves no live session`, async t => {
      const { nodes, url } = await createNodes(t)
      const user = await addUser(nodes[0])
      const begin = () => login(nodes[0], user)
      const finish = () => end(nodes[1], user)
      const [begun, ended] =
        order === 'before'
          ? await overlap<unknown, unknown>(t, url, begin, finish)
          : (await overlap<unknown, unknown>(t, url, finish, begin)).reverse()
      t.ok(ended)
      t.equal(Boolean(begun), order === 'before')
      t.strictSame(await nodes[0].sessions.ofUser(user.id, start), [])
    })

const clientChanges = {
  'another secret': ({ clients }: Store, client: ClientRow) =>
    clients.update(client, { secretHash: 'another', updatedAt: at(1) }, event('changed')),
  'other grants': ({ clients }: Store, client: ClientRow) =>
    clients.update(client, { grants: ['password'], updatedAt: at(1) }, event('changed')),
  'other scopes': ({ clients }: Store, client: ClientRow) =>
    clients.update(client, { scopes: ['me'], updatedAt: at(1) }, event('changed')),
  'its disabling': ({ clients }: Store, client: ClientRow) =>
    clients.update(client, { disabled: true, updatedAt: at(1) }, event('changed')),
  'its deletion': ({ clients }: Store, client: ClientRow) => clients.delete(client.id, event('deleted'))
}

for (const [change, apply] of Object.entries(clientChanges))
  for (const order of ['before', 'after'])
    pgTest(`A session that a client starts ${order} ${change} at the same time has ended`, async t => {
      const { nodes, url } = await createNodes(t)
      const client = await addClient(nodes[0])
      const user = await addUser(nodes[0])
      const own = newSession(null, { clientId: client.id, clientEpoch: client.ownEpoch })
      const begin = () =>
        Promise.all([
          nodes[0].sessions.insert(own, event('login.succeeded'), client),
          login(nodes[0], user, { registeredClient: client })
        ])
      const alter = () => apply(nodes[1], client)
      const { waiting, release } = await holdEnds(t, url)
      const lists: Promise<unknown>[] = []
      let count = 0
      // Of the session and the login, two lists begin.
      const steps = [[begin, 2] as const, [alter, 1] as const]
      for (const [run, adds] of order === 'before' ? steps : steps.toReversed()) {
        lists.push(run())
        count += adds
        await waiting(count)
      }
      await release()
      await Promise.all(lists)
      t.not((await nodes[0].sessions.withUser(own.id))?.endedByClient, false)
      const isForUsers = change === 'its disabling' || change === 'its deletion'
      t.equal((await nodes[0].sessions.ofUser(user.id, at(2))).length, isForUsers ? 0 : 1)
    })

pgTest('Of two registrations of a name at once, the first succeeds', async t => {
  const { nodes, url, trail } = await createNodes(t)
  const add = (store: Store, username: string, email: string) =>
    store.users.insert(newUser(username, { email }), event('user.created'))
  t.match(
    await overlap(
      t,
      url,
      () => add(nodes[0], 'alice', 'one@example.com'),
      () => add(nodes[1], 'alice', 'two@example.com')
    ),
    [{ username: 'alice' }, undefined]
  )
  t.equal((await trail()).length, 1, 'the other leaves no event')
})

const useLink = ({ setupLinks }: Store, hash: string) =>
  setupLinks.redeem(
    hash,
    { user: newUser(hash, { scopes: [scope] }), privileged: [scope], now: start },
    event('user.created')
  )

pgTest('Of two setup links that are used at once, one works', async t => {
  const { nodes, url } = await createNodes(t)
  await execute(url, "INSERT INTO setup_links VALUES ('one', '9999-01-01'), ('two', '9999-01-01')")
  const used = await overlap(
    t,
    url,
    () => useLink(nodes[0], 'one'),
    () => useLink(nodes[1], 'two')
  )
  t.strictSame(used, [true, false])
})

pgTest('A setup link does not work when an account becomes an administrator at the same time', async t => {
  const { nodes, url } = await createNodes(t)
  await nodes[0].setupLinks.replace({ hash: 'one', expiresAt: at(60) })
  const alice = await addUser(nodes[0])
  const promote = { disabled: false, scopes: [scope], updatedAt: at(1) }
  const [promoted, used] = await overlap(
    t,
    url,
    () => nodes[0].userAdmin.change(alice, promote, undefined, [event('user.scopes_changed')]),
    () => useLink(nodes[1], 'one')
  )
  t.match(promoted, { scopes: [scope] })
  t.equal(used, false)
})

pgTest('Of two users who verify one address at once, the second gets nothing', async t => {
  const { nodes, url, trail } = await createNodes(t)
  const users = [await addUser(nodes[0], 'alice'), await addUser(nodes[0], 'bob')] as const
  const wanted = { emailVerified: true, pendingEmail: 'new@example.com' }
  for (const { id } of users) await nodes[0].users.update(id, { ...wanted, updatedAt: start }, event('x'))
  const verify = (store: Store, user: UserRow) =>
    store.users.verifyEmail({ ...user, ...wanted }, at(1), event('user.email_verified'))
  const outcomes = await overlap(
    t,
    url,
    () => verify(nodes[0], users[0]),
    () => verify(nodes[1], users[1])
  )
  t.strictSame(outcomes, [true, false])
  t.match(await nodes[0].users.byId(users[1].id), { email: 'bob@example.com', ...wanted })
  t.equal((await trail()).filter(({ action }) => action === 'user.email_verified').length, 1)
})

pgTest('Of two clients that get one name at once, the second keeps its name', async t => {
  const { nodes, url } = await createNodes(t)
  const clients = [await addClient(nodes[0], 'shop'), await addClient(nodes[0], 'bank')] as const
  const rename = (store: Store, client: ClientRow) =>
    store.clients.update(client, { name: 'new', updatedAt: at(1) }, event('client.updated'))
  const [one, two] = await overlap(
    t,
    url,
    () => rename(nodes[0], clients[0]),
    () => rename(nodes[1], clients[1])
  )
  t.match(one, { name: 'new' })
  t.equal(two, undefined)
  t.match(await nodes[0].clients.byId(clients[1].id), { name: 'bank' })
  const added = await overlap(
    t,
    url,
    () => nodes[0].clients.insert(newClient('third'), event('client.created')),
    () => nodes[1].clients.insert(newClient('third'), event('client.created'))
  )
  t.match(added, [{ name: 'third' }, undefined])
})

const now = start.getTime()
const minute: Policy = { free: 100, most: 100, forgiveMs: 1000, longestMs: 60_000 }
const count = (store: Store, keys: string[], at = now) => store.throttle.take(keys.map(key => attempt(key, at, minute)))

pgTest('Failures that several nodes count at once, in any order of their counters, are all counted', async t => {
  const { nodes, url } = await createNodes(t, 3)
  const keys = ['a', 'b', 'c', 'd']
  await count(nodes[0], keys)
  // Each list waits at its first counter: in opposite orders, each would get one and wait for the other.
  const { waiting, release } = await hold(t, url, 'SELECT FROM throttle FOR UPDATE')
  const counted = Array.from({ length: 30 }, (_, n) => count(nodes[n % 3] as Store, n % 2 ? keys : keys.toReversed()))
  await waiting(4)
  await release()
  await Promise.all(counted)
  t.match(
    (await nodes[0].throttle.counters(keys)).sort((a, b) => (a.key < b.key ? -1 : 1)),
    keys.map(key => ({ key, clearsAt: now + 31_000 }))
  )
  const client = await connect(t, url)
  await client.query('SELECT pg_stat_force_next_flush()')
  const { rows } = await client.query('SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()')
  t.strictSame(rows, [{ deadlocks: 0 }], 'no list was sent again')
})

pgTest('Of two nodes that rotate the key at once, one adds the next generation', async t => {
  const { nodes, url, trail } = await createNodes(t)
  await nodes[0].keys.add(newKey(1), start, event('key.created'))
  const add = (store: Store, kid: string) => store.keys.add(newKey(2, { kid }), at(600), event('key.created'))
  const added = await overlap(
    t,
    url,
    () => add(nodes[0], 'key of one'),
    () => add(nodes[1], 'key of the other')
  )
  t.strictSame(added, [true, false])
  t.match(await nodes[0].keys.all(), [
    { kid: 'key-1', expiresAt: at(600) },
    { kid: 'key of one', expiresAt: null }
  ])
  t.equal((await trail()).length, 2)
})

pgTest('A pruning keeps rows that are in use again when it gets to them', async t => {
  const { nodes, url } = await createNodes(t)
  const user = await addUser(nodes[0])
  await count(nodes[0], ['a'])
  await login(nodes[0], user)
  const busy = await hold(
    t,
    url,
    `WITH counted AS (UPDATE throttle SET clears_at = clears_at + 100000)
    UPDATE known_prefixes SET last_login_at = $1`,
    [at(100)]
  )
  const pruning = nodes[1].throttle.prune(now + 50_000, at(50))
  await busy.waiting(1)
  await busy.release()
  await pruning
  t.equal((await nodes[0].throttle.counters(['a'])).length, 1)

  const again = await hold(t, url, 'UPDATE known_prefixes SET last_login_at = $1', [at(200)])
  const other = nodes[1].throttle.prune(now, at(150))
  await again.waiting(1)
  await again.release()
  await other
  t.equal(await nodes[0].throttle.isKnown({ userId: user.id, prefix: '192.0.2.0/24' }), true)
})

pgTest('Logins, refreshes and failures go on beside every pruning', async t => {
  const { nodes, addSessions } = await createNodes(t, 3)
  const [user, other] = [await addUser(nodes[0], 'alice'), await addUser(nodes[0], 'bob')]
  const day = 86_400
  await addSessions(...Array.from({ length: 3000 }, () => newSession(user.id)))
  const live = sessionRow(newSession(user.id, { expiresAt: at(9 * day), idleExpiresAt: at(5 * day) }))
  await addSessions(live)
  await count(
    nodes[0],
    Array.from({ length: 500 }, (_, n) => `${n}`)
  )
  const { sessions, throttle, oneTimeTokens } = nodes[0]
  const pruned = Promise.all([
    sessions.prune(at(3 * day)),
    throttle.prune(now + 2000, at(day)),
    oneTimeTokens.prune(at(day))
  ])
  let session = live
  for (let n = 0; n < 20; n++) {
    const rotation = { counter: n + 1, now: at(2 * day), rotatedAt: at(2 * day), idleExpiresAt: at(6 * day), ip: null }
    const [rotated] = await Promise.all([
      nodes[1].sessions.rotate(session, rotation),
      login(nodes[2] as Store, other),
      count(nodes[0], [`${n}`], now + 3000)
    ])
    session = rotated as typeof live
  }
  t.ok(Number((await pruned)[0]) >= 3000)
  t.match(await nodes[0].sessions.withUser(live.id), { session: { counter: 20 } })
  t.equal((await nodes[0].throttle.counters(Array.from({ length: 20 }, (_, n) => `${n}`))).length, 20)
})

pgTest('A user has exactly the limit of sessions after many concurrent logins', async t => {
  const { nodes } = await createNodes(t, 3)
  const user = await addUser(nodes[0])
  const begun = await Promise.all(Array.from({ length: 45 }, (_, n) => login(nodes[n % 3] as Store, user, { most: 5 })))
  t.equal(begun.filter(Boolean).length, 45)
  t.equal((await nodes[0].sessions.ofUser(user.id, at(1))).length, 5)
})

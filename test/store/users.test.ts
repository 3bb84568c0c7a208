import { randomUUID } from 'node:crypto'
import type { ClientRow } from '../../src/store/clients.ts'
import type { Store } from '../../src/store/open.ts'
import type { UserFilter } from '../../src/store/user-pages.ts'
import type { MovedUser, NewUser, UserRow } from '../../src/store/users.ts'
import { engineTest } from '../support/pg-test.ts'
import { plansOf } from '../support/plans.ts'
import {
  addCopies,
  at,
  createStore,
  disable,
  event,
  newClient,
  newSession,
  newUser,
  start,
  userDefaults
} from '../support/store.ts'

/** What may happen between the check of a password and its change. */
const meanwhile: Record<
  string,
  (store: Store, about: { user: NewUser; here: { id: string }; client: ClientRow }) => Promise<unknown>
> = {
  'the user was disabled': ({ userAdmin }, { user }) =>
    userAdmin.change(
      { ...user, disabled: false } as UserRow,
      { disabled: true, scopes: user.scopes, updatedAt: at(1) },
      undefined,
      []
    ),
  'its session was ended': ({ sessions }, { here }) => sessions.end({ id: here.id }, at(1), event('session.ended')),
  'its client was disabled': ({ clients }, { client }) =>
    clients.update(client, { disabled: true, updatedAt: at(1) }, event('client.updated')),
  'its client was deleted': ({ clients }, { client }) => clients.delete(client.id, event('client.deleted'))
}

const countOf = (actions: string[], action: string) => actions.filter(each => each === action).length

engineTest('A user is read as it was written, with the defaults of the table', async (t, engine) => {
  const { store, trail } = await createStore(t, engine)
  const user = newUser('alice', { fullName: 'Alice Liddell 😀', scopes: ['me', 'users:read'] })
  const row = {
    ...user,
    ...userDefaults
  }

  t.strictSame(await store.users.insert(user, event('user.created')), row)
  t.strictSame(await store.users.byId(user.id), row)
  t.strictSame(await store.users.byUsername('alice'), row)
  t.match(await trail(), [{ action: 'user.created', at: start }])
})

engineTest('An unknown user is undefined, and not an error', async (t, engine) => {
  const { store, trail } = await createStore(t, engine)
  t.equal(await store.users.byId('unknown'), undefined)
  t.equal(await store.users.byUsername('unknown'), undefined)
  t.equal(await store.users.byVerifiedEmail('unknown@example.com'), undefined)
  t.equal(await store.users.update('unknown', { fullName: 'x', updatedAt: start }, event('user.updated')), undefined)
  t.strictSame(await store.users.page('', 10), { rows: [] })
  t.strictSame(await trail(), [], 'no change, no audit event')
})

engineTest('Imported accounts with free names are added, with one event for all', async (t, engine) => {
  const { store, actions } = await createStore(t, engine)
  const alice = newUser('alice')
  await store.users.insert(alice, event('first'))
  await store.users.update(alice.id, { emailVerified: true, updatedAt: start }, event('first'))
  const moved = (username: string, members: Partial<MovedUser> = {}): MovedUser => ({
    ...newUser(username),
    emailVerified: true,
    disabled: true,
    secondFactorAt: null,
    ...members
  })
  const [bob, carl] = [moved('bob'), moved('carl', { email: alice.email, emailVerified: false, disabled: false })]
  const taken = [moved('alice', { email: null }), moved('x', { email: alice.email }), moved('y', { id: alice.id })]

  const identity = (user: MovedUser, subject = user.username) => ({
    id: randomUUID(),
    issuer: 'https://issuer.example',
    subject,
    user
  })
  const identities = [...[bob, ...taken, carl].map(user => identity(user)), identity(carl, 'bob')]
  const brought = [bob, ...taken].map(user => ({ id: `app of ${user.username}`, secretSealed: 'sealed', user }))
  const added = await store.users.insertFree([bob, ...taken, carl], event('second'), { identities, apps: brought })
  const subjectsOf = async ({ id }: MovedUser) => (await store.identities.ofUser(id)).map(({ subject }) => subject)
  t.strictSame([await subjectsOf(bob), await subjectsOf(carl)], [['bob'], ['carl']], 'each identity once')
  t.strictSame(await store.identities.ofUser(alice.id), [], 'none of an account that is not added')
  const appOf = async ({ id }: MovedUser | NewUser) => await store.secondFactors.confirmedTotp(id)
  t.match(await appOf(bob), { id: 'app of bob', secretSealed: 'sealed', confirmedAt: start })
  t.strictSame([await appOf(alice), await appOf(carl)], [undefined, undefined])
  t.strictSame(added.sort(), [bob.id, carl.id].sort())
  const rest = { pendingEmail: null, lastLoginAt: null, loginEpoch: 0 }
  t.strictSame(await store.users.byId(bob.id), { ...bob, ...rest })
  t.strictSame(await store.users.byId(carl.id), { ...carl, ...rest })
  t.strictSame(await store.users.byId(alice.id), {
    ...{ ...alice, ...rest, emailVerified: true, disabled: false, secondFactorAt: null }
  })
  const again = { identities: [], apps: [{ id: 'another app', secretSealed: 'sealed', user: bob }] }
  t.strictSame(await store.users.insertFree([...taken, bob], event('third'), again), [])
  const apps = (await store.sealed.nextApps()).map(({ id }) => id)
  t.strictSame(apps, ['app of bob'], 'one app, also when two imports run at once')
  t.strictSame(await actions(), ['first', 'first', 'second'], 'no event if no account was added')
})

engineTest('The holders of a name are found by id, username and verified address, each once', async (t, engine) => {
  const { store } = await createStore(t, engine)
  const [alice, bob, carl] = [newUser('alice'), newUser('bob'), newUser('carl', { email: null })]
  for (const user of [alice, bob, carl, newUser('dora')]) await store.users.insert(user, event('x'))
  await store.users.update(bob.id, { emailVerified: true, updatedAt: start }, event('x'))
  const holder = ({ id, username, email, passwordHash, createdAt }: NewUser) => ({
    id,
    username,
    email,
    emailVerified: username === 'bob',
    passwordHash,
    createdAt,
    lastLoginAt: null
  })
  const find = async (...accounts: { id: string; username: string; email: string | null }[]) => {
    const verified = accounts.map(account => ({ ...account, emailVerified: account.email !== null }))
    return (await store.users.holders(verified)).sort((a, b) => (a.username < b.username ? -1 : 1))
  }

  t.strictSame(await find({ id: alice.id, username: 'x', email: null }), [holder(alice)])
  t.strictSame(await find({ id: 'x', username: 'carl', email: null }), [holder(carl)])
  t.strictSame(await find({ id: 'x', username: 'x', email: bob.email }), [holder(bob)])
  t.strictSame(await find({ id: 'x', username: 'x', email: alice.email }), [], 'not by an unverified address')
  const unverified = { id: 'x', username: 'x', email: bob.email, emailVerified: false }
  t.strictSame(await store.users.holders([unverified]), [], 'nor for one')
  t.strictSame(await find(alice, { id: bob.id, username: 'carl', email: alice.email }), [alice, bob, carl].map(holder))
  t.strictSame(await find({ id: 'x', username: 'x', email: null }), [])
  t.strictSame(await find(), [])
})

engineTest('A verified address is found by its own index, past any number of unverified ones', async (t, engine) => {
  const { store, url } = await createStore(t, engine)
  const [plan, ...others] = await plansOf(t, url, () => store.users.byVerifiedEmail('alice@example.com'))
  t.strictSame(others, [])
  t.match(plan, 'users_verified_email')
  if (engine === 'postgres') return
  const account = { ...newUser('alice'), emailVerified: true }
  const [ofHolders] = await plansOf(t, url, () => store.users.holders([account]))
  t.match(ofHolders, 'users_verified_email')
})

engineTest('A page starts after a name, in the order of names in any locale', async (t, engine) => {
  const { store } = await createStore(t, engine)
  const bob = newUser('bob')
  for (const user of [newUser('carol'), newUser('alice'), bob, newUser('dave')])
    await store.users.insert(user, event('x'))
  const names = async (after: string, limit: number, filter?: UserFilter) => {
    const { rows, next } = await store.users.page(after, limit, filter)
    return [rows.map(({ username }) => username), next]
  }
  t.strictSame(await names('', 2), [['alice', 'bob'], 'bob'])
  t.strictSame(await names('bob', 2), [['carol', 'dave'], undefined])
  t.strictSame(await names('', 2, { disabled: false }), [['alice', 'bob'], 'bob'])
  t.strictSame(await names('dave', 2), [[], undefined])
  t.strictSame(await names('alicf', 1), [['bob'], 'bob'], 'the cursor need not exist as a name')
  await disable(store, bob)
  t.strictSame(await names('', 9, { disabled: true }), [['bob'], undefined])
  t.strictSame(await names('', 9, { disabled: false }), [['alice', 'carol', 'dave'], undefined])
})

engineTest('A page of the newest users starts after an id, and goes on from there', async (t, engine) => {
  const { store } = await createStore(t, engine)
  for (const [username, id] of [
    ['alice', 'id-2'],
    ['bob', 'id-3'],
    ['zoe', 'id-1']
  ] as const)
    await store.users.insert(newUser(username, { id }), event('x'))
  const page = async (after: string, limit: number, filter?: UserFilter) => {
    const { rows, next } = await store.users.page(after, limit, filter, 'newest')
    return [rows.map(({ username }) => username), next]
  }
  t.strictSame(await page('', 2), [['bob', 'alice'], 'id-2'])
  t.strictSame(await page('id-2', 2), [['zoe'], undefined])
  const begins = { username: 'a', email: 'a' }
  t.strictSame(await page('', 2, { begins }), [['alice'], undefined])
})

engineTest('A page is filtered by the beginning of username or address, without wildcards', async (t, engine) => {
  const { store } = await createStore(t, engine)
  for (const [username, email] of [
    ['alice', 'a.l@example.com'],
    ['al_x', null],
    ['al%y', null],
    ['bob', 'alfred@example.com'],
    ['carol', null],
    ['😀😀', null]
  ] as const) {
    await store.users.insert(newUser(username, { email }), event('x'))
  }
  const begins = (text: string) => ({ begins: { username: text, email: text } })
  for (const [text, names] of [
    ['al', ['al%y', 'al_x', 'alice', 'bob']],
    ['al_', ['al_x']],
    ['al%', ['al%y']],
    ['a.l@', ['alice']],
    ['😀', ['😀😀']],
    ['%', []],
    ['lice', []]
  ] as const) {
    const { rows } = await store.users.page('', 10, begins(text))
    t.strictSame(rows.map(({ username }) => username).sort(), names, text)
  }
  t.strictSame(
    (await store.users.page('alice', 10, begins('al'))).rows.map(({ username }) => username),
    ['bob']
  )
})

engineTest('A page with a filter examines twenty thousand users and leads on (bounded)', async (t, engine) => {
  const { url, store } = await createStore(t, engine)
  const user = newUser('user')
  await store.users.insert(user, event('x'))
  await addCopies(url, 'users', { id: user.id, count: 20_500, username: "'user-' || (10000 + n)" })
  await store.users.insert(newUser('zoe'), event('x'))
  const filter = { begins: { username: 'zoe', email: 'zoe' } }
  const first = await store.users.page('', 10, filter)
  t.strictSame(first, { rows: [], next: 'user-29998' })
  const second = await store.users.page(String(first.next), 10, filter)
  t.match(second, { rows: [{ username: 'zoe' }], next: undefined })
})

engineTest('An update changes only the given fields', async (t, engine) => {
  const { store, actions } = await createStore(t, engine)
  const user = newUser('alice')
  const before = await store.users.insert(user, event('0'))
  const after = await store.users.update(user.id, { fullName: 'Alice', updatedAt: at(5) }, event('1'))
  t.strictSame(after, { ...before, fullName: 'Alice', updatedAt: at(5) })
  t.strictSame(await store.users.byId(user.id), after)
  t.strictSame(new Set(await actions()), new Set(['0', '1']))
})

engineTest('Any number of users may have an unverified address, and one a verified one', async (t, engine) => {
  const { store } = await createStore(t, engine)
  const users = Array.from({ length: 8 }, (_, i) => newUser(`user${i}`, { email: 'wanted@example.com' }))
  for (const user of users) t.ok(await store.users.insert(user, event('user.created')), user.username)
  const verify = (user: NewUser) =>
    store.users.verifyEmail({ ...user, emailVerified: false, pendingEmail: null }, at(1), event('verified'))
  const won = await Promise.all(users.map(verify))
  t.equal(won.filter(Boolean).length, 1, 'of several who verify one address at once one succeeds')
  const owner = users[won.indexOf(true)]
  t.equal((await store.users.byVerifiedEmail('wanted@example.com'))?.id, owner?.id)
  t.ok(await store.users.insert(newUser('late', { email: 'wanted@example.com' }), event('user.created')))
})

engineTest('Of concurrent changes of one address one succeeds (compare-and-swap)', async (t, engine) => {
  const { store, actions } = await createStore(t, engine)
  const alice = newUser('alice')
  const before = (await store.users.insert(alice, event('user.created'))) as UserRow
  const change = (email: string | null, from = before) =>
    store.users.update(alice.id, { email, updatedAt: at(1) }, event('changed'), [], { addresses: from })
  const rows = await Promise.all(['a@example.com', 'b@example.com', null].map(email => change(email)))
  t.equal(rows.filter(Boolean).length, 1)
  for (const stale of [{ email: 'old@example.com' }, { emailVerified: true }, { pendingEmail: 'p@example.com' }]) {
    const from = { ...((await store.users.byId(alice.id)) as UserRow), ...stale }
    t.equal(await change('c@example.com', from), undefined, Object.keys(stale).join())
  }
  t.equal(countOf(await actions(), 'changed'), 1)
})

engineTest('A hash is upgraded only while it is the one that was read', async (t, engine) => {
  const { store } = await createStore(t, engine)
  const user = newUser('alice', { passwordHash: 'old' })
  await store.users.insert(user, event('user.created'))
  await store.users.upgradeHash(user.id, 'another', 'newer')
  t.equal((await store.users.byId(user.id))?.passwordHash, 'old')
  await store.users.upgradeHash(user.id, 'old', 'newer')
  t.match(await store.users.byId(user.id), { passwordHash: 'newer', updatedAt: start })
})

engineTest('An address is verified once, and only if it is unchanged since it was read', async (t, engine) => {
  const { store, actions } = await createStore(t, engine)
  const user = newUser('alice')
  const row = (await store.users.insert(user, event('user.created'))) as UserRow
  t.equal(await store.users.byVerifiedEmail('alice@example.com'), undefined)
  for (const stale of [
    { email: 'old@example.com' },
    { pendingEmail: 'old@example.com' },
    { passwordHash: 'old' },
    { id: 'unknown' }
  ]) {
    const read = { ...row, ...stale }
    t.equal(await store.users.verifyEmail(read, at(1), event('never')), false, Object.keys(stale).join())
  }
  const calls = Array.from({ length: 10 }, () => store.users.verifyEmail(row, at(1), event('verified')))
  t.equal((await Promise.all(calls)).filter(Boolean).length, 1)
  t.match(await store.users.byVerifiedEmail('alice@example.com'), { id: user.id, updatedAt: at(1) })
  const verified = { ...row, emailVerified: true }
  t.equal(await store.users.verifyEmail(verified, at(2), event('never')), false, 'there is nothing to verify')
  t.strictSame(await actions(), ['user.created', 'verified'])
})

engineTest('A new password by link verifies the address, unless the address has changed', async (t, engine) => {
  const { store } = await createStore(t, engine)
  const { id, ...user } = newUser('alice', { passwordHash: 'old' })
  await store.users.insert({ id, ...user }, event('user.created'))
  const change = { id, from: 'old', to: 'new', now: at(1) }
  const elsewhere = { ...change, address: 'elsewhere@example.com' }
  t.equal(await store.users.replacePassword(elsewhere, event('never')), false)
  t.match(await store.users.byId(id), { passwordHash: 'old', emailVerified: false })
  t.equal(await store.users.replacePassword({ ...change, address: 'alice@example.com' }, event('x')), true)
  t.match(await store.users.byId(id), { passwordHash: 'new', emailVerified: true })
})

engineTest('A new password by link is refused if another account has verified the address', async (t, engine) => {
  const { store } = await createStore(t, engine)
  const [alice, bob] = [newUser('alice'), newUser('bob', { email: 'alice@example.com' })]
  for (const user of [alice, bob]) await store.users.insert(user, event('user.created'))
  await store.users.update(bob.id, { emailVerified: true, updatedAt: at(1) }, event('x'))
  const change = { id: alice.id, from: alice.passwordHash, to: 'new', keepSession: undefined, now: at(1) }
  t.equal(await store.users.replacePassword({ ...change, address: 'alice@example.com' }, event('never')), false)
  t.match(await store.users.byId(alice.id), { passwordHash: alice.passwordHash, emailVerified: false })
})

engineTest('A new password ends every session, and withdraws a pending address', async (t, engine) => {
  const { store, addSessions } = await createStore(t, engine)
  const user = newUser('alice', { passwordHash: 'old' })
  await store.users.insert(user, event('user.created'))
  await addSessions(newSession(user.id))
  const pending = { emailVerified: true, pendingEmail: 'new@example.com', updatedAt: at(1) }
  await store.users.update(user.id, pending, event('x'))
  const change = { id: user.id, from: 'old', to: 'new', now: at(2) }
  t.equal(await store.users.replacePassword(change, event('x')), true)
  t.match(await store.users.byId(user.id), { email: user.email, emailVerified: true, pendingEmail: null })
  t.strictSame(await store.sessions.ofUser(user.id, at(1)), [])
})

engineTest('A new password begins the given session, and ends all others', async (t, engine) => {
  const { store, actions, addSessions } = await createStore(t, engine)
  const user = newUser('alice', { passwordHash: 'old' })
  const [here, there, next] = [newSession(user.id), newSession(user.id), newSession(user.id)]
  await store.users.insert(user, event('user.created'))
  await addSessions(here, there)
  const successor = { session: next, instead: here.id, registeredClient: undefined }
  const change = { id: user.id, from: 'old', to: 'new', successor, now: at(1) }

  t.equal(await store.users.replacePassword(change, event('user.password_changed')), true)
  t.match(await store.users.byId(user.id), { passwordHash: 'new', updatedAt: at(1) })
  t.strictSame(
    (await store.sessions.ofUser(user.id, at(1))).map(({ id }) => id),
    [next.id]
  )
  t.match((await store.sessions.withUser(here.id))?.session, { revokedAt: at(1) })
  t.equal(countOf(await actions(), 'user.password_changed'), 1)
})

for (const [change, happens] of Object.entries(meanwhile))
  engineTest(`A new password that would begin a session changes nothing after ${change}`, async (t, engine) => {
    const { store, actions, addSessions } = await createStore(t, engine)
    const user = newUser('alice', { passwordHash: 'old' })
    const client = newClient('shop')
    await store.users.insert(user, event('user.created'))
    const registeredClient = await store.clients.insert(client, event('client.created'))
    const [here, there, next] = [newSession(user.id), newSession(user.id), newSession(user.id)]
    await addSessions(here, there)
    await happens(store, { user, here, client: registeredClient as ClientRow })
    const successor = { session: next, instead: here.id, registeredClient }
    const live = await store.sessions.ofUser(user.id, at(1))
    const attempt = { id: user.id, from: 'old', to: 'new', successor, now: at(1) }
    t.equal(await store.users.replacePassword(attempt, event('never'), []), false)
    t.match(await store.users.byId(user.id), { passwordHash: 'old' })
    t.strictSame(await store.sessions.ofUser(user.id, at(1)), live)
    t.equal(countOf(await actions(), 'never'), 0)
  })

import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { Store } from '../../src/store/open.ts'
import type { PersonalTokenRow } from '../../src/store/personal-tokens.ts'
import type { UserRow } from '../../src/store/users.ts'
import type { EngineName } from '../support/engines.ts'
import { overlap } from '../support/locks.ts'
import { engineTest, pgTest } from '../support/pg-test.ts'
import { at, createStore, event, newMail, newSession, newUser, openEngine, openNode, start } from '../support/store.ts'

const newToken = (userId: string, hash: string, members: Partial<PersonalTokenRow> = {}): PersonalTokenRow => ({
  id: randomUUID(),
  userId,
  hash,
  name: 'nightly report',
  scopes: ['reports:read'],
  resource: null,
  prefixes: ['192.0.2.0/24'],
  createdAt: start,
  expiresAt: at(3600),
  lastUsedAt: null,
  ...members
})

/** A store with a user who has a live session, and the link of a notice about a change at `start`. */
async function withUser(t: Test, engine: EngineName) {
  const made = await createStore(t, engine)
  const { store } = made
  const user = (await store.users.insert(newUser(), event('user.created'))) as UserRow
  const session = newSession(user.id)
  await made.addSessions(session)
  const message = newMail({ kind: 'token_added', userId: user.id })
  await store.mail.queue(message, event('queued'))
  const link = {
    hash: 'hash of the link',
    purpose: 'undo_factor' as const,
    userId: user.id,
    state: start.toISOString(),
    address: String(user.email),
    expiresAt: at(3600)
  }
  await store.oneTimeTokens.insert(link, message.id)
  const insert = (row: PersonalTokenRow, by = user, of = session.id, most = 100) =>
    store.personalTokens.insert(by, row, { session: of, most }, event('created'), [newMail({ kind: 'token_added' })])
  const hashes = async (now = start) => (await store.personalTokens.ofUser(user.id, now)).map(({ hash }) => hash)

  /** The changes that end tokens, which resolve to whether they took place. */
  const ends: Record<string, (store: Store) => Promise<boolean>> = {
    'disabling of the account': async ({ userAdmin }) =>
      (await userAdmin.change(user, { disabled: true, scopes: user.scopes, updatedAt: at(1) }, undefined, [
        event('ended')
      ])) !== undefined,
    'password reset': ({ users }) =>
      users.replacePassword(
        { id: user.id, from: user.passwordHash, to: 'new', deleteTokens: true, now: at(1) },
        event('ended')
      ),
    'link of a notice': ({ accountUndo }) => accountUndo.undo(link, at(1), event('ended'), [])
  }
  return { ...made, user, session, insert, hashes, ends, link }
}

const endings = ['disabling of the account', 'password reset', 'link of a notice']

engineTest('A token is found with its user by hash and by id, in any state', async (t, engine) => {
  const { store, user, insert } = await withUser(t, engine)
  const token = newToken(user.id, 'one', { expiresAt: at(-1) })
  t.equal(await insert(token), true)
  t.strictSame(await store.personalTokens.byHash('one'), { token, user })
  t.strictSame(await store.personalTokens.byId(token.id), { token, user })
  t.equal(await store.personalTokens.byHash('another'), undefined)
  t.equal(await store.personalTokens.byId(randomUUID()), undefined)
})

engineTest('A user has the tokens that have not expired, the latest first', async (t, engine) => {
  const { user, insert, hashes } = await withUser(t, engine)
  await insert(newToken(user.id, 'first'))
  await insert(newToken(user.id, 'second', { createdAt: at(1) }))
  await insert(newToken(user.id, 'short', { createdAt: at(2), expiresAt: at(60) }))
  t.strictSame(await hashes(at(59)), ['short', 'second', 'first'])
  t.strictSame(await hashes(at(60)), ['second', 'first'])
})

engineTest('A token is not added once the account or the session has changed', async (t, engine) => {
  const { store, user, session, insert, hashes, trail, addSessions } = await withUser(t, engine)
  const other = newSession(user.id)
  await addSessions(other)
  const changedHash = { ...user, passwordHash: 'another' }
  const changedFactor = { ...user, secondFactorAt: at(1) }
  await store.sessions.end({ id: session.id }, at(1), event('session.ended'))
  const row = newToken(user.id, 'one')
  t.equal(await insert(row, changedHash, other.id), false, 'another password')
  t.equal(await insert(row, changedFactor, other.id), false, 'another factor')
  t.equal(await insert(row), false, 'an ended session')
  const disabled = { disabled: true, scopes: user.scopes, updatedAt: at(1) }
  await store.userAdmin.change(user, disabled, undefined, [event('user.disabled')])
  t.equal(await insert(row, user, other.id), false, 'a disabled user')
  t.strictSame(await hashes(), [])
  t.notOk((await trail()).some(({ action }) => action === 'created'))
})

engineTest('A use is recorded once, also by two nodes that have read the same token', async (t, engine) => {
  const { store, url, user, insert, trail } = await withUser(t, engine)
  const node = await openNode(t, url)
  const token = newToken(user.id, 'one')
  await insert(token)
  const used = { lastUsedAt: at(1), prefixes: ['192.0.2.0/24', '203.0.113.0/24'] }
  const use = ({ personalTokens }: Store, read = token): Promise<boolean> =>
    personalTokens.use(read, used, [event('used')], [newMail({ kind: 'token_used' })])
  t.strictSame((await Promise.all([use(store), use(node)])).sort(), [false, true])
  t.match(await store.personalTokens.byHash('one'), { token: used })
  t.equal(await use(store, { ...token, prefixes: ['another'], lastUsedAt: at(1) }), false)
  t.equal(await use(store, { ...token, prefixes: used.prefixes, lastUsedAt: at(0) }), false)
  t.equal((await trail()).filter(({ action }) => action === 'used').length, 1)
  t.equal(await use(store, { ...token, ...used }), true)
  t.equal((await trail()).filter(({ action }) => action === 'used').length, 2)
})

engineTest('A token is removed by its user, once', async (t, engine) => {
  const { store, user, insert, hashes, trail } = await withUser(t, engine)
  const [token, other] = [newToken(user.id, 'one'), newToken(user.id, 'two')]
  await insert(token)
  await insert(other)
  const remove = (id: string, by = user.id) => store.personalTokens.remove(by, id, event('deleted'), [])
  t.equal(await remove(token.id, randomUUID()), false, 'another user')
  t.equal(await remove(token.id), true)
  t.equal(await remove(token.id), false)
  t.equal(await store.personalTokens.byHash('one'), undefined)
  t.strictSame(await hashes(), ['two'])
  t.equal((await trail()).filter(({ action }) => action === 'deleted').length, 1)
})

engineTest('Every token of every user is deleted', async (t, engine) => {
  const { store, user, insert, hashes, addSessions } = await withUser(t, engine)
  const bob = (await store.users.insert(newUser('bob'), event('user.created'))) as UserRow
  const session = newSession(bob.id)
  await addSessions(session)
  await insert(newToken(bob.id, 'of bob'), bob, session.id)
  await insert(newToken(user.id, 'one'))
  await insert(newToken(user.id, 'expired', { expiresAt: at(-1) }))
  t.equal(await store.personalTokens.removeEvery(), 3)
  t.strictSame(await hashes(), [])
  t.equal(await store.personalTokens.byHash('of bob'), undefined)
  t.equal(await store.personalTokens.removeEvery(), 0)
})

engineTest('Expired tokens are deleted, and the tokens of a user with the user', async (t, engine) => {
  const { store, url, user, insert } = await withUser(t, engine)
  const { db, schema } = openEngine(t, url)
  const count = async () => (await db.select().from(schema.personalTokens)).length
  await insert(newToken(user.id, 'one', { expiresAt: at(60) }))
  await insert(newToken(user.id, 'two', { expiresAt: at(61) }))
  await store.personalTokens.prune(at(60))
  t.equal(await count(), 1)
  await store.userAdmin.remove(user, 'users:write', event('user.deleted'))
  t.equal(await count(), 0)
})

for (const name of endings)
  engineTest(`The ${name} ends every token of the account, and of no other`, async (t, engine) => {
    const { store, user, insert, hashes, ends, addSessions } = await withUser(t, engine)
    const bob = (await store.users.insert(newUser('bob'), event('user.created'))) as UserRow
    const session = newSession(bob.id)
    await addSessions(session)
    await insert(newToken(bob.id, 'of bob'), bob, session.id)
    await insert(newToken(user.id, 'one'))
    await insert(newToken(user.id, 'two'))
    t.equal(await ends[name]?.(store), true)
    t.strictSame(await hashes(), [])
    t.equal(await store.personalTokens.byHash('one'), undefined)
    t.match(await store.personalTokens.byHash('of bob'), { user: { id: bob.id } })
  })

engineTest('A new password alone, and enabling, end no token', async (t, engine) => {
  const { store, user, insert, hashes } = await withUser(t, engine)
  await insert(newToken(user.id, 'one'))
  const enabled = { disabled: false, scopes: ['me', 'more'], updatedAt: at(1) }
  await store.userAdmin.change(user, enabled, undefined, [event('changed')])
  t.equal(
    await store.users.replacePassword({ id: user.id, from: user.passwordHash, to: 'new', now: at(1) }, event('set')),
    true
  )
  t.strictSame(await hashes(), ['one'])
})

engineTest('The link of a notice leaves the tokens and the accounts elsewhere from before', async (t, engine) => {
  const { url, store, user, insert, hashes, ends } = await withUser(t, engine)
  const { db, schema } = openEngine(t, url)
  const identity = (subject: string, createdAt: Date) =>
    db.insert(schema.identities).values({
      id: randomUUID(),
      issuer: 'https://issuer.example.com',
      subject,
      userId: user.id,
      email: null,
      createdAt
    })
  for (const [name, time] of [
    ['before', at(-1)],
    ['then', start],
    ['later', at(1)]
  ] as const) {
    await insert(newToken(user.id, name, { createdAt: time }))
    await identity(name, time)
  }
  t.equal(await ends['link of a notice']?.(store), true)
  t.strictSame(await hashes(), ['before'])
  t.strictSame(
    (await db.select().from(schema.identities)).map(({ subject }) => subject),
    ['before']
  )
})

for (const name of endings) {
  pgTest(`A token that is created while the ${name} is under way does not stay`, async t => {
    const { url, user, insert, hashes, ends } = await withUser(t, 'postgres')
    const node = await openNode(t, url)
    const done = await overlap(
      t,
      url,
      async () => ends[name]?.(node),
      () => insert(newToken(user.id, 'one'))
    )
    t.strictSame(done, [true, false])
    t.strictSame(await hashes(), [])
  })

  pgTest(`The ${name} waits for a token whose session was checked, and ends it`, async t => {
    const { url, store, user, insert, hashes, ends } = await withUser(t, 'postgres')
    const node = await openNode(t, url)
    const done = await overlap(
      t,
      url,
      () => insert(newToken(user.id, 'one')),
      async () => ends[name]?.(node)
    )
    t.strictSame(done, [true, true])
    t.strictSame(await hashes(), [])
    t.equal(await store.personalTokens.byHash('one'), undefined)
  })
}

pgTest('Two tokens that are created at once are both added, while one is deleted', async t => {
  const { url, store, user, session, insert, hashes } = await withUser(t, 'postgres')
  const { personalTokens } = await openNode(t, url)
  const old = newToken(user.id, 'old')
  await insert(old)
  const limits = { session: session.id, most: 100 }
  const done = await Promise.all([
    insert(newToken(user.id, 'one')),
    personalTokens.insert(user, newToken(user.id, 'two'), limits, event('created'), []),
    store.personalTokens.remove(user.id, old.id, event('deleted'), [])
  ])
  t.strictSame(done, [true, true, true])
  t.strictSame((await hashes()).sort(), ['one', 'two'])
})

pgTest('The last token that a user may have is added once, although two nodes add one at the same time', async t => {
  const { url, user, insert, hashes, addSessions } = await withUser(t, 'postgres')
  const { personalTokens } = await openNode(t, url)
  const session = newSession(user.id)
  await addSessions(session)
  await insert(newToken(user.id, 'one'))
  const limits = { session: session.id, most: 2 }
  const done = await overlap(
    t,
    url,
    () => insert(newToken(user.id, 'two'), user, undefined, 2),
    () => personalTokens.insert(user, newToken(user.id, 'three'), limits, event('created'), [])
  )
  t.strictSame(done, [true, false])
  t.strictSame((await hashes()).sort(), ['one', 'two'])
})

import t, { type Test } from 'tap'
import { accountState } from '../../src/auth/account/account-state.ts'
import { sha256 } from '../../src/base/secrets.ts'
import type { Store } from '../../src/store/open.ts'
import type { UserRow } from '../../src/store/users.ts'
import { type EngineName, engines } from '../support/engines.ts'
import { select } from '../support/select.ts'
import { addCopies, at, createStore, event, newMail, newSession, newUser, openEngine, start } from '../support/store.ts'

const change = { now: at(1), event: event('changed'), messages: [] }

/** Everything that ends the logins of a user, or all but one. */
const ends: Record<string, (store: Store, user: UserRow, session: string) => Promise<unknown>> = {
  'the end of all logins': ({ sessions }, { id }) => sessions.endAll(id, undefined, at(1), event('ended')),
  'the end of all other logins': ({ sessions }, { id }, keep) => sessions.endAll(id, keep, at(1), event('ended')),
  'the end of every login of the database': ({ sessions }) => sessions.voidNext(undefined),
  'the disabling of the account': ({ userAdmin }, user) =>
    userAdmin.change(user, { disabled: true, scopes: user.scopes, updatedAt: at(1) }, undefined, [event('changed')]),
  'a new password': ({ users }, { id, passwordHash }) =>
    users.replacePassword({ id, from: passwordHash, to: 'new', now: at(1) }, event('changed')),
  'a reset by an administrator': ({ userAdmin }, user) =>
    userAdmin.voidPassword(user, { unusable: '!', now: at(1), kept: 'users:write' }, event('changed'), []),
  'the link of a notice': async ({ accountUndo, mail, oneTimeTokens }, { id }) => {
    const message = newMail({ kind: 'token_added', userId: id })
    await mail.queue(message, event('queued'))
    const purpose = 'undo_factor' as const
    const link = { hash: 'x', purpose, userId: id, state: at(1).toISOString(), address: 'a@b.c', expiresAt: at(9) }
    await oneTimeTokens.insert(link, message.id)
    return accountUndo.undo(link, at(2), event('changed'), [])
  },
  'the removal of a factor': ({ secondFactors }, user, session) =>
    secondFactors.remove(user, 'x', { ...change, session, isLast: true }),
  'the removal of all factors': ({ secondFactors }, user) => secondFactors.removeAll(user, change),
  'the removal of an account elsewhere': ({ identities }, user, session) =>
    identities.remove(user, 'identity', { ...change, session }),
  'the loss of an authenticator app': ({ sealed }, user) =>
    sealed.discardFactors(user, { ...change, app: { id: 'x' }, recoveryCodes: false, isLast: true })
}

async function withUser(t: Test, engine: EngineName) {
  const { store, url, addSessions } = await createStore(t, engine)
  const user = (await store.users.insert(newUser(), event('user.created'))) as UserRow
  const session = newSession(user.id)
  await addSessions(session)
  const { db, schema } = openEngine(t, url)
  const { id: userId } = user
  await db
    .insert(schema.identities)
    .values({ id: 'identity', userId, issuer: 'https://issuer', subject: 'alice', createdAt: start })
  return { store, url, user, session: session.id }
}

for (const engine of engines)
  for (const [name, end] of Object.entries(ends))
    t.test(`${name} voids the logins that are under way, on ${engine}`, async t => {
      const { store, user, session } = await withUser(t, engine)
      const logIn = ({ passwordHash, secondFactorAt }: UserRow, { loginEpoch }: UserRow) => {
        const checked = { passwordHash, secondFactorAt, loginEpoch, prefix: '', use: { spent: [] }, most: 100 }
        return store.sessions.insertLogin(newSession(user.id), checked, event('login.succeeded'))
      }
      t.not(await end(store, user, session), false)
      if (name.startsWith('the disabling')) {
        const disabled = (await store.users.byId(user.id)) as UserRow
        const enabled = { disabled: false, scopes: user.scopes, updatedAt: at(2) }
        await store.userAdmin.change(disabled, enabled, undefined, [event('changed')])
      }
      const now = (await store.users.byId(user.id)) as UserRow
      t.not(accountState({ ...user, passwordHash: now.passwordHash }), accountState(now))
      t.equal(await logIn(now, user), undefined)
      t.ok(await logIn(now, now), 'a later login begins')
    })

for (const engine of engines)
  t.test(`The logins of all users are voided in steps of a thousand, on ${engine}`, async t => {
    const { store, url, user } = await withUser(t, engine)
    await addCopies(url, 'users', { id: user.id, count: 2000, username: "'user' || n" })
    const first = await store.sessions.voidNext(undefined)
    const second = await store.sessions.voidNext(first)
    t.equal(await store.sessions.voidNext(second), undefined)
    const epochs = 'SELECT login_epoch AS epoch, count(*) AS users FROM users GROUP BY login_epoch'
    t.strictSame(
      (await select(url, epochs)).map(Object.values).map(row => row.map(Number)),
      [[1000, 2001]]
    )
  })

t.test('An account whose logins have never ended has the state that a release without epochs computes', async t => {
  const { user } = await withUser(t, 'sqlite')
  t.equal(accountState(user), sha256(`${user.passwordHash}\n`))
})

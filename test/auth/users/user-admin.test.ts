import t, { type Test } from 'tap'
import { adminScopes } from '../../../src/auth/users/user-admin.ts'
import type { UserRow } from '../../../src/store/users.ts'
import { createApp, createServices, createUser, freshLogin, logIn, password } from '../../support/app.ts'
import { everyScope } from '../../support/metadata.ts'
import { auditTrail, event, newClient, newUser } from '../../support/store.ts'

/** Fresh services, or an app, with alice, and the administration events of the audit trail. */
async function withAlice(t: Test, create: typeof createServices | typeof createApp = createServices) {
  const { app, config, clock } = await create(t)
  const alice = await createUser(app)
  const trail = async () =>
    (await auditTrail(t, config.databaseUrl)).filter(({ action }) => /^(user\.(?!created)|session)/.test(action))
  return { app, administration: app.userAdmin, alice, trail, clock }
}

const byCli = { actor: 'cli' }
const noSuchUser = { name: 'Problem', status: 404, message: 'This user does not exist.' }
const conflict = (message: string) => ({ name: 'Problem', status: 409, message })
const changed = conflict('This was changed by another request. Read it again and retry.')
const lastAdministrator = conflict('This is the last administrator. Grant users:write to another account first.')

t.test('A user is found by id and by name; otherwise 404 (RFC 9110 §15.5.5)', async t => {
  const { administration, alice } = await withAlice(t)
  t.equal((await administration.byIdOrName(alice.id)).id, alice.id)
  t.equal((await administration.byIdOrName('ALICE')).id, alice.id)
  t.equal((await administration.byId(alice.id)).id, alice.id)
  const message = 'There is no user mallory.'
  await t.rejects(administration.byIdOrName('mallory'), { name: 'Problem', status: 404, message })
  await t.rejects(administration.byId('alice'), noSuchUser)
})

t.test('Disabling an account ends its sessions, and enabling it allows logins again', async t => {
  const { app, administration, alice, trail } = await withAlice(t, createApp)
  await logIn(app)
  const set = (disabled: boolean) =>
    administration.update(alice.id, { disabled }, { actor: 'operator', ip: '192.0.2.1' })
  t.equal((await set(true)).disabled, true)
  t.strictSame(await app.sessions.ofUser(alice.id), [])
  t.equal((await set(false)).disabled, false)
  t.equal((await set(false)).disabled, false)
  t.ok((await logIn(app)).access_token)
  t.match(await trail(), [
    { action: 'user.disabled', actor: 'operator', subject: alice.id, ip: '192.0.2.1', detail: {} },
    { action: 'user.enabled', actor: 'operator', subject: alice.id, ip: '192.0.2.1', detail: {} }
  ])
  t.equal((await trail()).length, 2, 'a request that changes nothing records no event')
  await t.rejects(administration.update('mallory', { disabled: true }, {}), noSuchUser)
})

t.test('Only who holds the scopes of an account, but the default ones, enables it and changes its claims', async t => {
  const { administration, alice } = await withAlice(t)
  const [strong, weak] = [{ scopes: ['users:write', 'orders:read'] }, { scopes: ['users:write'] }]
  await administration.update(alice.id, { scopes: ['me', 'orders:read'] }, {})
  t.equal((await administration.update(alice.id, { disabled: true }, weak)).disabled, true)
  for (const [change, act] of [
    [{ disabled: false }, 'enable'],
    [{ claims: { roles: ['owner'] } }, 'change the claims of']
  ] as const) {
    const message = `You cannot ${act} an account with the scope orders:read, because your access token does not have it.`
    await t.rejects(administration.update(alice.id, change, weak), { name: 'Problem', status: 403, message })
    t.match(await administration.update(alice.id, change, strong), change)
  }
  await administration.update(alice.id, { disabled: true }, {})
  const asOther = { disabled: false, scopes: ['me'], claims: { roles: [] } }
  t.match(await administration.update(alice.id, asOther, weak), asOther, 'without the scope, it is like others')
})

t.test('Scopes are replaced by valid ones, in one transaction with other changes (RFC 6749 §3.3)', async t => {
  const { administration, alice, trail } = await withAlice(t)
  const set = async (scopes: string[]) => (await administration.update(alice.id, { scopes }, {})).scopes
  t.strictSame(await set(['me', 'shop:buy', 'me']), ['me', 'shop:buy'])
  t.match(await administration.update(alice.id, { disabled: true, scopes: [] }, {}), { disabled: true, scopes: [] })
  await t.rejects(set(['a b']), { status: 400, errors: [{ pointer: '/scopes' }] })
  t.match(await trail(), [
    { action: 'user.scopes_changed', detail: { scopes: 'me shop:buy' } },
    { action: 'user.disabled' },
    { action: 'user.scopes_changed', detail: { scopes: '' } }
  ])
  t.equal((await trail()).length, 3, 'one event for each change of a request')
  t.strictSame(adminScopes, everyScope)
})

t.test('Scopes from before the limit do not prevent disabling an account or a client', async t => {
  const { app, administration, alice } = await withAlice(t)
  const scopes = Array.from({ length: 100 }, (_, n) => `orders:a-rather-long-name-of-a-scope-${n}`)
  const tooLong = { status: 400, errors: [{ pointer: '/scopes', detail: 'must not exceed 2000 characters in total' }] }
  await t.rejects(administration.update(alice.id, { scopes }, {}), tooLong)
  const changed = { disabled: false, scopes, updatedAt: alice.updatedAt }
  await app.db.userAdmin.change(alice, changed, undefined, [event('user.scopes_changed')])
  t.match(await administration.update(alice.id, { disabled: true }, {}), { disabled: true, scopes })

  await app.db.clients.insert(newClient('shop', { scopes }), event('client.created'))
  await t.rejects(app.clientAdmin.update('shop', { scopes: [...scopes, 'me'] }), tooLong)
  t.match(await app.clientAdmin.update('shop', { disabled: true }), { disabled: true, scopes })
})

t.test('A concurrent change is 409, or 404 when the account was deleted (compare-and-swap)', async t => {
  const { app, administration, alice, trail } = await withAlice(t, createApp)
  const { byId } = app.db.users
  t.teardown(() => {
    app.db.users.byId = byId
  })
  /** Runs `work` between the read of an account and its change. */
  const meanwhile = (work: (user: UserRow) => Promise<unknown>) => {
    app.db.users.byId = async id => {
      app.db.users.byId = byId
      const user = await byId(id)
      await work(user as UserRow)
      return user
    }
  }
  const update = () => administration.update(alice.id, { scopes: [] }, {})
  meanwhile(() => administration.update(alice.id, { scopes: ['me', 'shop:buy'] }, {}))
  await t.rejects(update(), changed)
  meanwhile(user => app.accountPasswords.set(user, 'purple monkey dishwasher lamp', {}))
  await t.rejects(administration.resetPassword(alice.id, {}), changed)
  t.ok((await logIn(app, { password: 'purple monkey dishwasher lamp' })).access_token)
  await t.rejects(administration.remove(alice, {}), changed, 'a new password may mean a new owner')
  meanwhile(user => administration.remove(user, {}))
  await t.rejects(update(), noSuchUser)
  await t.rejects(administration.remove(alice, {}), noSuchUser)
  t.strictSame(
    (await trail()).map(({ action }) => action),
    ['user.scopes_changed', 'user.password_changed', 'user.deleted']
  )
})

t.test('The last administrator cannot be disabled, demoted, deleted or reset, even by an operator', async t => {
  const { app, administration, alice } = await withAlice(t)
  const root = await createUser(app, 'root', ['me', 'users:write'])
  for (const attempt of [
    () => administration.update(root.id, { disabled: true }, byCli),
    () => administration.update(root.id, { scopes: ['me'] }, byCli),
    () => administration.remove(root, byCli),
    () => administration.resetPassword(root.id, byCli)
  ] as (() => Promise<unknown>)[])
    await t.rejects(attempt(), lastAdministrator)
  await administration.update(alice.id, { scopes: ['users:write'] }, byCli)
  await administration.remove(root, byCli)
  await t.rejects(administration.remove(alice, {}), lastAdministrator)
})

t.test('A password reset by an administrator sends a link, if the account has an address', async t => {
  const { app, alice, trail } = await withAlice(t, createApp)
  await app.userAdmin.resetPassword(alice.id, { actor: 'cli' })
  const { passwordHash } = await app.userAdmin.byId(alice.id)
  t.match(passwordHash, /^![\w-]{43}$/)
  t.match(await trail(), [{ action: 'user.password_reset_forced', actor: 'cli', subject: alice.id, detail: {} }])
  t.notOk((await logIn(app, { password })).access_token)
  const due = () => app.db.mail.due(app.clock.now(), 10)
  t.strictSame(await due(), [])

  await app.users.updateProfile(alice.id, { email: 'alice@example.com' }, freshLogin)
  await app.userAdmin.resetPassword(alice.id, { actor: 'cli' })
  t.match((await due()).map(({ kind, address }) => [kind, address]).sort(), [
    ['reset_password', 'alice@example.com'],
    ['verify_email', 'alice@example.com']
  ])
  t.not((await app.userAdmin.byId(alice.id)).passwordHash, passwordHash, 'so older links no longer match')
})

t.test('An administrator without a usable password does not count, since it cannot log in', async t => {
  const { app, administration } = await withAlice(t)
  const root = await createUser(app, 'root', ['me', 'users:write'])
  const other = await createUser(app, 'other', ['me', 'users:write'])
  await administration.resetPassword(other.id, {})
  await t.rejects(administration.remove(root, {}), lastAdministrator)
  await t.rejects(administration.resetPassword(root.id, {}), lastAdministrator)
  await administration.update(other.id, { disabled: true }, {})
  await app.accountPasswords.set(await administration.byId(other.id), password, {})
  await t.rejects(administration.resetPassword(root.id, {}), lastAdministrator)
  await administration.update(other.id, { disabled: false }, {})
  await administration.remove(root, {})
})

t.test('A name that is the id of another account is refused, and never leads to the wrong account', async t => {
  const { app, administration, alice } = await withAlice(t)
  await t.rejects(createUser(app, alice.id), {
    status: 400,
    errors: [{ pointer: '/username', detail: 'must not look like an account id' }]
  })
  // As created before such names were refused.
  await app.db.users.insert(newUser(alice.id, { email: null }), event('user.created'))
  await t.rejects(administration.byIdOrName(alice.id), {
    status: 409,
    message: `${alice.id} is the id of one account and the username of another.`
  })
})

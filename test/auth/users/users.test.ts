import { pbkdf2Sync } from 'node:crypto'
import { hash } from '@node-rs/bcrypt'
import t, { type Test } from 'tap'
import type { Users } from '../../../src/auth/users/users.ts'
import { createApp, createServices, freshLogin, password, postForm } from '../../support/app.ts'
import { auditTrail, event } from '../../support/store.ts'

/** The accounts of fresh services, or of an app. */
async function createUsers(t: Test, create: typeof createServices | typeof createApp = createServices) {
  const { app, clock, config } = await create(t, {})
  const trail = async () => (await auditTrail(t, config.databaseUrl)).filter(({ action }) => action !== 'key.created')
  return { app, users: app.users, accountPasswords: app.accountPasswords, clock, trail }
}

/** The outcome of a login form, sent to the built-in client. */
const logIn = async (users: Users, username: string, given = password) =>
  (await users.authenticate({ username, password: given }, { clientId: 'first-party' }))?.user

const noSuchUser = { name: 'Problem', status: 404, message: 'This user does not exist.' }

t.test('Password rules apply to new passwords only: an older one logs in, and its hash is upgraded once', async t => {
  const { users, app, accountPasswords } = await createUsers(t)
  const { id, passwordHash } = await users.register({ username: 'alice', password, email: 'bee@example.com' }, {})
  const imported = `pbkdf2_sha256$1$salt$${pbkdf2Sync('alice', 'salt', 1, 32, 'sha256').toString('base64')}`
  await app.db.users.upgradeHash(id, passwordHash, imported)
  t.equal(await logIn(users, 'alice', 'Alice'), undefined)
  t.match(await app.userAdmin.byIdOrName(id), { passwordHash: imported }, 'a wrong password upgrades nothing')

  const login = await logIn(users, 'alice', 'alice')
  const user = await app.userAdmin.byIdOrName(id)
  t.match(login, { id, passwordHash: user.passwordHash }, 'the login continues with the new hash')
  t.match(user.passwordHash, /^\$bcrypt-sha256\$v=2,t=2b,r=4\$/)
  t.match(await logIn(users, 'alice', 'alice'), { passwordHash: user.passwordHash })

  for (const [next, reason] of [
    ['alice', 'length'],
    ['alice\0alice\0alice', 'characters'],
    ['passwordpassword', 'common'],
    ['alice through the glass', 'context'],
    ['a letter to bee@example.com', 'context']
  ] as const) {
    const refusal = { status: 400, errors: [{ pointer: '/password', reason }] }
    await t.rejects(accountPasswords.set(user, next, {}), refusal, reason)
    const form = { username: 'alice', email: 'bee@example.com', password: next }
    await t.rejects(users.register(form, {}), refusal, reason)
  }
  t.strictSame(await app.userAdmin.byIdOrName(id), user)
})

t.test('Concurrent logins with an outdated hash all succeed', async t => {
  const { app, users } = await createUsers(t, createApp)
  const alice = await users.register({ username: 'alice', password }, {})
  await app.db.users.upgradeHash(alice.id, alice.passwordHash, await hash(password, 4))
  const form = { grant_type: 'password', username: 'alice', password }
  const answers = await Promise.all(Array.from({ length: 3 }, () => postForm(app, '/token', form)))
  t.strictSame(
    answers.map(({ statusCode }) => statusCode),
    [200, 200, 200]
  )
})

t.test('A change of a profile that loses a race is 409, or 404 after a deletion, and changes nothing', async t => {
  const { users, app } = await createUsers(t)
  const bob = await users.register({ username: 'bob', password }, {})
  const { byId } = app.db.users
  /** Runs `work` between the read of an account and its change. */
  function meanwhile(work: () => Promise<unknown>) {
    app.db.users.byId = async id => {
      const row = await byId(id)
      app.db.users.byId = byId
      await work()
      return row
    }
  }
  const change = () => users.updateProfile(bob.id, { email: 'bob@example.com', full_name: 'Bob' }, freshLogin)
  meanwhile(() => users.updateProfile(bob.id, { email: 'first@example.com' }, freshLogin))
  await t.rejects(change(), {
    status: 409,
    message: 'This was changed by another request. Read it again and retry.'
  })
  const now = await app.userAdmin.byIdOrName('bob')
  t.match(now, { email: 'first@example.com', fullName: null })
  meanwhile(() => app.userAdmin.remove(now, {}))
  await t.rejects(change(), noSuchUser)
})

t.test('A new account has the requested values, the scope me, and an unverified address', async t => {
  const { users, trail } = await createUsers(t)
  const given = { username: 'alice', email: 'alice@example.com', full_name: 'Alice Liddell' }
  const user = await users.register({ ...given, password }, { ip: '192.0.2.1' })
  t.match(user.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, 'a UUIDv7')
  t.match(users.describe(user), { ...given, email_verified: false, scopes: ['me'] })
  t.match(await trail(), [
    { action: 'user.created', subject: user.id, actor: null, ip: '192.0.2.1', detail: { scopes: 'me' } }
  ])
})

t.test('An invalid account is refused before anything is hashed', async t => {
  const { users, app } = await createUsers(t)
  const wrong: [pointer: string, members: object][] = [
    ['/username', { username: 'a@b' }],
    ['/password', { password: 'short' }],
    ['/full_name', { full_name: 'a\0b' }],
    // The Greek question mark is a semicolon in NFC.
    ['/email', { email: 'a\u037eb@example.com' }],
    ['/scopes', { scopes: ['me', 'two words'] }],
    ['/scopes', { scopes: [''] }]
  ]
  for (const [pointer, members] of wrong) {
    const refused = users.register({ username: 'alice', password, ...members }, {})
    await t.rejects(refused, { status: 400, errors: [{ pointer }] }, pointer)
  }
  t.strictSame(await app.db.users.page('', 10), { rows: [] })
})

t.test('A login takes a username in any spelling, or a verified address', async t => {
  const { users, app, clock } = await createUsers(t)
  const { id } = await users.register({ username: 'alice', password, email: 'alice@example.com' }, {})
  for (const name of ['alice', 'ALICE', 'Ａｌｉｃｅ']) {
    t.match(await logIn(users, name), { id }, name)
  }
  t.equal(await logIn(users, 'alice@example.com'), undefined, 'not verified')
  await app.db.users.update(id, { emailVerified: true, updatedAt: clock.now() }, event('user.updated'))
  t.match(await logIn(users, 'Alice@EXAMPLE.com'), { id })
})

t.test('A login succeeds even if its hash cannot be upgraded now', async t => {
  const { users, app } = await createUsers(t)
  const { id, passwordHash } = await users.register({ username: 'alice', password }, {})
  const old = await hash(password, 4)
  await app.db.users.upgradeHash(id, passwordHash, old)
  const hashAsEver = app.passwords.hash
  t.teardown(() => {
    app.passwords.hash = hashAsEver
  })
  app.passwords.hash = () => Promise.reject(new Error('the queue is full'))
  t.match(await logIn(users, 'alice'), { id, passwordHash: old })
})

t.test('A profile changes only the given members, and a new address is pending while another is verified', async t => {
  const { users, app, clock, trail } = await createUsers(t)
  const { id } = await users.register({ username: 'alice', password, email: 'alice@example.com', full_name: 'A' }, {})
  await app.db.users.update(id, { emailVerified: true, updatedAt: clock.now() }, event('user.updated'))
  clock.advance(60)
  const verified = { email: 'alice@example.com', emailVerified: true, fullName: 'Alice' }
  const none = { emailVerified: false, pendingEmail: null, fullName: null }
  for (const [changes, expected] of [
    [{ full_name: 'Alice' }, verified],
    [{ email: 'ALICE@example.com' }, verified],
    [{ email: 'New@example.com' }, { ...verified, pendingEmail: 'new@example.com' }],
    [{ email: 'new@example.com' }, { ...verified, pendingEmail: 'new@example.com' }],
    [{ email: 'alice@example.com' }, { ...verified, pendingEmail: null }],
    [
      { email: null, full_name: null },
      { ...none, email: null }
    ],
    [{ email: 'new@example.com' }, { ...none, email: 'new@example.com' }],
    [
      { email: 'other@example.com', full_name: null },
      { ...none, email: 'other@example.com' }
    ]
  ] as const) {
    const row = await users.updateProfile(id, changes, { ...freshLogin, actor: id })
    t.match(row, { ...expected, updatedAt: clock.now() }, JSON.stringify(changes))
  }
  const updated = { action: 'user.updated', actor: id, subject: id, detail: { members: 'email full_name' } }
  t.match((await trail()).at(-1), updated)
  await t.rejects(users.updateProfile(id, { full_name: 'a\0' }, freshLogin), { name: 'Problem', status: 400 })
  await t.rejects(users.updateProfile('mallory', { full_name: 'A' }, freshLogin), noSuchUser)
})

t.test('A new password replaces the old one, unless it is unacceptable or loses a race', async t => {
  const { users, trail, accountPasswords } = await createUsers(t)
  const user = await users.register({ username: 'alice', password }, {})
  const next = 'purple monkey dishwasher lamp'
  for (const pointer of ['/password', '/new_password'])
    await t.rejects(accountPasswords.set(user, 'short', { pointer }), { status: 400, errors: [{ pointer }] })
  await accountPasswords.set(user, next, { actor: 'operator' })
  await t.rejects(accountPasswords.set(user, 'the second of two new ones', {}), {
    status: 409,
    message: 'This was changed by another request. Read it again and retry.'
  })
  t.match(await logIn(users, 'alice', next), { id: user.id })
  t.equal(await logIn(users, 'alice'), undefined)
  t.match(
    (await trail()).filter(({ action }) => action.startsWith('user.password')),
    [{ action: 'user.password_changed', actor: 'operator', subject: user.id, detail: {} }]
  )
})

t.test('A password change from no known address counts too', async t => {
  const { users, accountPasswords } = await createUsers(t)
  const user = await users.register({ username: 'alice', password }, {})
  const change = { current_password: 'not the password of anyone', new_password: 'purple monkey dishwasher lamp' }
  const origin = { actor: user.id }
  for (let i = 0; i < 10; i++) {
    await t.rejects(accountPasswords.hashOfNext(user, change, origin), { name: 'Problem', status: 403 })
  }
  await t.rejects(accountPasswords.hashOfNext(user, change, origin), { name: 'OAuthError', status: 429 })
})

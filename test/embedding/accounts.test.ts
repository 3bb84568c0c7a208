import Fastify from 'fastify'
import { type Test, test } from 'tap'
import sallyport, { type SallyportOptions } from '../../src/index.ts'
import { bearer, password, postForm } from '../support/app.ts'
import { databaseUrl } from '../support/engines.ts'
import { auditTrail } from '../support/store.ts'

/** An app with the administrator root and alice, its logins, and the events that it causes from now on. */
async function createEmbedded(t: Test, options: SallyportOptions = {}) {
  const url = await databaseUrl(t)
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(sallyport, {
    databaseUrl: url,
    secret: 'a secret of the tests, 32 bytes or more',
    issuer: 'https://example.com',
    registration: 'closed',
    bcryptCost: 4,
    ...options
  })
  const root = await app.sallyport.createUser({ username: 'root', password, scopes: ['me', 'users:write'] })
  const alice = await app.sallyport.createUser({ username: 'alice', password })
  const earlier = (await auditTrail(t, url)).length
  return {
    app,
    accounts: app.sallyport,
    root,
    alice,
    trail: async () => (await auditTrail(t, url)).slice(earlier).filter(({ action }) => !/^(login|key)\./.test(action)),
    async logIn() {
      const form = { grant_type: 'password', username: 'alice', password }
      return String((await postForm(app, '/token', form)).json().access_token)
    }
  }
}

const problem = (status: number) => ({ name: 'Problem', status })

test('The app changes scopes and disables accounts, by id or username, and disabling ends the logins', async t => {
  const { accounts, alice, logIn, trail } = await createEmbedded(t)
  const token = await logIn()
  const changed = await accounts.updateUser('Alice', { scopes: ['me', 'orders:write', 'me'] })
  t.match(changed, { id: alice.id, scopes: ['me', 'orders:write'], disabled: false })
  t.match(await accounts.authenticate(token), { user: changed, scopes: ['me'] }, 'the login continues as it is')
  t.match(await accounts.authenticate(await logIn()), { scopes: ['me', 'orders:write'] })
  await accounts.updateUser('alice', { scopes: ['orders:write'] })
  t.match(await accounts.authenticate(token), { scopes: [] }, 'without a scope that was taken away')
  t.match(await accounts.updateUser(alice.id, { disabled: true }), { disabled: true, scopes: ['orders:write'] })
  t.equal(await accounts.authenticate(token), undefined)
  t.equal(await logIn(), 'undefined')
  t.match(await accounts.updateUser('alice', { disabled: false }), { disabled: false })
  t.equal(await accounts.authenticate(token), undefined, 'an ended login stays ended')
  const actions = ['scopes_changed', 'scopes_changed', 'disabled', 'enabled'].map(action => `user.${action}`)
  const about = { actor: 'app', subject: alice.id, ip: null }
  t.match(
    await trail(),
    actions.map(action => ({ ...about, action }))
  )
})

test('The app ends the logins of an account, and learns how many they were', async t => {
  const { accounts, root, alice, logIn, trail } = await createEmbedded(t)
  const tokens = [await logIn(), await logIn()]
  t.equal(await accounts.endSessions('alice'), 2)
  for (const token of tokens) t.equal(await accounts.authenticate(token), undefined)
  t.equal(await accounts.endSessions(root.id), 0)
  t.ok(await accounts.authenticate(await logIn()), 'the account can log in again')
  t.match(await trail(), [{ action: 'session.ended', actor: 'app', subject: alice.id }])
})

test('The app invites a new account, and may send the invitation again within a limit', async t => {
  const { accounts, trail } = await createEmbedded(t)
  const email = 'carol@example.com'
  const carol = await accounts.createUser({ username: 'carol', email, scopes: ['me', 'orders:read'] })
  t.match(carol, { email, email_verified: false, scopes: ['me', 'orders:read'], invited_at: String })
  t.equal(await accounts.resendInvitation('carol'), undefined)
  await t.rejects(accounts.resendInvitation('alice'), problem(409))
  for (let n = 2; n < 10; n++) await accounts.resendInvitation(carol.id)
  await t.rejects(accounts.resendInvitation('carol'), { message: /Try again in/ })
  await t.rejects(accounts.createUser({ username: 'dave', email }), { message: /Try again in/ })
  await t.rejects(accounts.findUser('dave'), problem(404))
  t.match((await trail()).slice(0, 2), [
    { action: 'user.created', actor: 'app', subject: carol.id, detail: { invited: true } },
    { action: 'user.invitation_requested', actor: 'app', subject: carol.id }
  ])
})

test('The app deletes an account, whose tokens end', async t => {
  const { app, accounts, alice, logIn, trail } = await createEmbedded(t)
  const token = await logIn()
  t.equal(await accounts.deleteUser('alice'), undefined)
  t.equal((await app.inject({ url: '/users/me', headers: bearer(token) })).statusCode, 401)
  await t.rejects(accounts.findUser(alice.id), problem(404))
  t.match(await trail(), [{ action: 'user.deleted', actor: 'app', subject: alice.id }])
})

test('An invalid account or change is refused with a Problem', async t => {
  const { accounts } = await createEmbedded(t)
  const bob = { username: 'bob', password }
  for (const [pointer, given] of [
    ['/username', undefined],
    ['/username', {}],
    ['/password', { username: 'bob', password: 5 }],
    ['/password', { username: 'bob', password: null, email: 'bob@example.com' }],
    ['/email', { username: 'bob' }],
    ['/email', { ...bob, email: 5 }],
    ['/full_name', { ...bob, full_name: 5 }],
    ['/locale', { ...bob, locale: 5 }],
    ['/locale', { ...bob, locale: 'de_DE' }],
    ['/scopes', { ...bob, scopes: 'me' }],
    ['/scopes', { ...bob, scopes: [5] }]
  ] as const) {
    await t.rejects(accounts.createUser(given as never), { ...problem(400), errors: [{ pointer }] })
  }
  t.match(await accounts.createUser({ ...bob, email: null, locale: 'DE', scopes: [] }), {
    username: 'bob',
    locale: 'de',
    scopes: []
  })
  for (const [pointer, given] of [
    ['/disabled', { disabled: 'false' }],
    ['/scopes', { scopes: 'me' }],
    ['/scopes', { scopes: ['two words'] }],
    ['/full_name', { full_name: 'Alice Liddell' }],
    ['/toString', { toString: 'x' }],
    ['', {}],
    ['', null],
    ['', undefined]
  ] as const) {
    await t.rejects(accounts.updateUser('alice', given as never), { ...problem(400), errors: [{ pointer }] })
  }
})

test('Claims are checked as they are stored', async t => {
  const { accounts } = await createEmbedded(t)
  const hidden = { toJSON: () => ({ sub: 'x', roles: 'editor' }) }
  await t.rejects(accounts.updateUser('alice', { claims: hidden }), problem(400))
  await t.rejects(accounts.createUser({ username: 'bob', password, claims: hidden }), problem(400))
  await t.rejects(accounts.updateUser('alice', { claims: { a: 1n } }), problem(400))
  t.match(await accounts.updateUser('alice', { claims: { a: undefined, since: new Date(0) } }), {
    claims: { since: '1970-01-01T00:00:00.000Z' }
  })
})

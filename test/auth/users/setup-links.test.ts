import t, { type Test } from 'tap'
import { adminScopes } from '../../../src/auth/users/user-admin.ts'
import type { Config } from '../../../src/config/config.ts'
import { createApp, createServices, createUser, logIn, password } from '../../support/app.ts'
import { auditTrail, openEngine } from '../../support/store.ts'

const tokenOf = (link: string) => String(link.split('#setup=')[1])
const root = { username: 'root', password }
const refused = {
  name: 'Problem',
  status: 403,
  message:
    'This link has expired or was already used. If there is an administrator, sign in. Otherwise, run “npx sallyport setup-link” in the folder of the server: it prints a new one.'
}

/** Fresh services, or an app, and the token of its setup link. Counts the passwords that it hashes. */
async function withLink(
  t: Test,
  settings: Partial<Config> = {},
  create: typeof createServices | typeof createApp = createServices
) {
  const { app, clock, config } = await create(t, settings)
  const token = tokenOf(await app.setupLinks.create())
  const hashes = t.capture(app.passwords, 'hashNew', app.passwords.hashNew)
  return { app, clock, config, token, redeem: app.setupLinks.redeem, hashed: () => hashes().length }
}

t.test('A setup link makes an account with every built-in scope, and the event says so', async t => {
  const { app, config, token, redeem } = await withLink(t, {}, createApp)
  const user = await redeem({ token, username: 'Root', password }, { ip: '192.0.2.1' })
  t.match(user, { username: 'root', email: null, scopes: adminScopes })
  t.strictSame(
    (await auditTrail(t, config.databaseUrl)).filter(({ action }) => action === 'user.created'),
    [
      {
        at: app.clock.now(),
        action: 'user.created',
        actor: null,
        subject: user.id,
        clientId: null,
        ip: '192.0.2.1',
        detail: { scopes: adminScopes.join(' '), setup: true }
      }
    ]
  )
  t.equal((await logIn(app, { username: 'root', scope: 'users:write' })).scope, 'users:write')
})

t.test('A setup link has 256 random bits, of which the database has a hash, and begins with the issuer', async t => {
  const { app, config } = await createServices(t, { issuer: 'https://example.com/auth' })
  const link = await app.setupLinks.create()
  t.match(link, /^https:\/\/example\.com\/auth\/console\/#setup=[\w-]{43}$/)
  t.not(await app.setupLinks.create(), link)
  const { db, schema } = openEngine(t, config.databaseUrl)
  t.notMatch(JSON.stringify(await db.select().from(schema.setupLinks)), tokenOf(link))
})

t.test('A setup link that is unknown, expired, replaced or used gets one refusal, and costs no hash', async t => {
  const { app, clock, token, redeem, hashed } = await withLink(t)
  await t.rejects(redeem({ ...root, token: '' }, {}), refused, 'unknown')
  clock.advance(3600)
  await t.rejects(redeem({ ...root, token }, {}), refused, 'expired')
  const second = tokenOf(await app.setupLinks.create())
  const third = tokenOf(await app.setupLinks.create())
  await t.rejects(redeem({ ...root, token: second }, {}), refused, 'replaced')
  t.equal(hashed(), 0)
  clock.advance(3599)
  await redeem({ ...root, token: third }, {})
  await t.rejects(redeem({ token: third, username: 'eve', password }, {}), refused, 'used')
  t.equal(hashed(), 1)
})

t.test('A setup link is void once an account can administer the server, however it was made', async t => {
  const { app, token, redeem, hashed } = await withLink(t)
  const { id } = await createUser(app, 'alice')
  await app.userAdmin.update(id, { scopes: ['audit:read'] }, {})
  await t.rejects(redeem({ ...root, token }, {}), refused)
  t.equal(hashed(), 1, 'that of alice')
  await t.rejects(app.setupLinks.create(), {
    status: 409,
    message:
      'An administrator exists already. Run `sallyport users create NAME --admin` to create another one, or `sallyport users update` to change the scopes of an account.'
  })
})

t.test('A setup link survives a refused password and a taken name, and then works', async t => {
  const { app, token, redeem } = await withLink(t)
  await createUser(app, 'alice')
  const errors = [{ pointer: '/password', reason: 'length' }]
  await t.rejects(redeem({ token, username: 'root', password: 'short' }, {}), { status: 400, errors })
  const { hashNew } = app.passwords
  app.passwords.hashNew = async (...args) => {
    app.passwords.hashNew = hashNew
    await createUser(app, 'bob')
    return hashNew(...args)
  }
  const taken = { status: 409, message: 'This username is taken.' }
  await t.rejects(redeem({ token, username: 'bob', password }, {}), taken, 'while the password is hashed')
  t.match(await redeem({ token, ...root }, {}), { username: 'root' })
})

t.test('Redemptions of setup links count as registrations (setting LIMITS)', async t => {
  const { app, token, redeem } = await withLink(t, { limits: ['registration=1'] })
  await app.users.register({ username: 'alice', password }, { ip: '192.0.2.1' })
  await t.rejects(redeem({ token, ...root }, { ip: '192.0.2.1' }), { name: 'OAuthError', status: 429 })
  t.ok(await redeem({ token, ...root }, { ip: '198.51.100.1' }))
})

t.test('With CONSOLE=off there are no setup links', async t => {
  const { app } = await createServices(t, { console: 'off' })
  await t.rejects(app.setupLinks.create(), {
    status: 409,
    message:
      'CONSOLE is off, so no link can work. Run `sallyport users create NAME --admin` to create an administrator.'
  })
})

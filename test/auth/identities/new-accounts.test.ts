import t, { type Test } from 'tap'
import type { VerifiedIdToken } from '../../../src/auth/identities/id-tokens.ts'
import { createNewAccounts } from '../../../src/auth/identities/new-accounts.ts'
import type { Config } from '../../../src/config/config.ts'
import { createApp, createUser, createVerifiedUser, password } from '../../support/app.ts'
import { createIdentityWorld } from '../../support/identities.ts'
import { createMailApp } from '../../support/mail-server.ts'

const google = 'https://accounts.google.com'

/** A verified token of Google, which vouches for the address. */
const tokenFor = (subject: string, claims: Partial<VerifiedIdToken> = {}): VerifiedIdToken => ({
  issuer: google,
  subject,
  email: `${subject}@gmail.com`,
  isEmailVerified: true,
  isEmailTrusted: true,
  name: null,
  spent: { id: subject, expiresAt: new Date('2026-02-01') },
  ...claims
})

const from = { ip: '192.0.2.1' }

/** Two nodes on one database that know Google. */
async function createNodes(t: Test, settings: Partial<Config> = {}) {
  const { app, config } = await createApp(t, { identityProviders: [`${google} app`], ...settings })
  const { app: other } = await createApp(t, config)
  return [app, other] as const
}

t.test(
  'A first login makes an account without a password, with DEFAULT_SCOPES and the address of the issuer',
  async t => {
    const created: string[] = []
    const { app, exchangeFor, events, provider } = await createIdentityWorld(
      t,
      { defaultScopes: ['me', 'orders:read'] },
      { onUserCreated: user => void created.push(user.username) }
    )
    t.match(await app.identities.create(tokenFor('alice', { name: 'Alice Liddell' }), from), {
      user: {
        username: 'alice',
        email: 'alice@gmail.com',
        emailVerified: true,
        fullName: 'Alice Liddell',
        scopes: ['me', 'orders:read'],
        passwordHash: /^!/,
        invitedAt: null
      },
      identity: { issuer: google, subject: 'alice', email: 'alice@gmail.com' }
    })
    t.equal((await exchangeFor({ sub: 'bob', email: 'bob@example.com' })).json().scope, 'me orders:read')
    t.match(await app.db.users.byUsername('bob'), { email: 'bob@example.com', emailVerified: false })
    t.strictSame(created, ['alice', 'bob'])
    t.match(await events('user.created'), [
      { detail: { scopes: 'me orders:read', issuer: google }, actor: null, ip: '192.0.2.1' },
      { detail: { scopes: 'me orders:read', issuer: provider.issuer } }
    ])
  }
)

t.test('A first login mails a link to an address that nobody vouches for, and only to it', async t => {
  const { app, received } = await createMailApp(t, { identityProviders: [`${google} app`] })
  await app.identities.create(tokenFor('alice'), from)
  t.strictSame(await received(), [])
  await app.identities.create(tokenFor('bob', { isEmailTrusted: false }), from)
  t.match(await received(), [{ to: [{ address: 'bob@gmail.com' }], subject: /^Confirm/ }])
})

t.test('A first login makes an account whose username is free and acceptable', async t => {
  const [app] = await createNodes(t)
  await createUser(app, 'alice')
  const nameFor = async (subject: string, email: string | null) =>
    (await app.identities.create(tokenFor(subject, { email, isEmailTrusted: false }), from)).user.username
  t.match(await nameFor('1', 'alice@gmail.com'), /^alice-[0-9a-f]{8}$/)
  t.equal(await nameFor('2', 'Bob+news!x@gmail.com'), 'bobnewsx')
  t.equal(await nameFor('3', `${'x'.repeat(64)}@gmail.com`), 'x'.repeat(48))
  t.equal(await nameFor('4', null), 'user')
  t.match(await nameFor('5', '+!@gmail.com'), /^user-/)
  t.match(await nameFor('6', '01890000-0000-7000-8000-000000000000@gmail.com'), /^user-/)
  t.equal((await app.db.users.byUsername('user'))?.email, null)
})

t.test('A first login makes no account for an address that an account here has verified', async t => {
  const { app, exchangeFor, events } = await createIdentityWorld(t)
  const { id } = await createVerifiedUser(app)
  await app.users.register({ username: 'claimed', password, email: 'free@example.com' }, {})
  const refused = {
    status: 400,
    message: 'An account here has the address in the ID token: log in and link the other one.'
  }
  for (const isEmailTrusted of [true, false])
    await t.rejects(app.identities.create(tokenFor('x', { email: 'alice@example.com', isEmailTrusted }), from), refused)
  const answer = await exchangeFor({ email: 'ALICE@example.com', email_verified: true })
  t.strictSame(answer.json(), { error: 'invalid_request', error_description: refused.message })
  t.match(await events('login.failed'), [{ subject: null, detail: { reason: 'address taken' } }])
  t.strictSame(await app.identities.list({ id }), [])
  // An address that the issuer has not verified shows nothing, and gets no account here.
  const unverified = { email: 'alice@example.com', isEmailVerified: false, isEmailTrusted: false }
  const stranger = await app.identities.create(tokenFor('y', unverified), from)
  t.match(stranger.user, { username: /^alice-/, email: 'alice@example.com', emailVerified: false })
  t.not(stranger.user.id, id)
  // An address that was only claimed here does not keep its owner out.
  const { user } = await app.identities.create(tokenFor('x', { email: 'free@example.com' }), from)
  t.match(user, { username: 'free', email: 'free@example.com', emailVerified: true })
})

t.test('While registration is closed, a first login makes no account, whether or not one has the address', async t => {
  const { app, exchangeFor, logInFrom, events } = await createIdentityWorld(t, { registration: 'closed' })
  await createVerifiedUser(app)
  const [unknown, known] = [await exchangeFor({}), await exchangeFor({ email: 'alice@example.com' })]
  t.equal(
    unknown.json().error_description,
    'Registration is closed. If you have an account here, log in and link the other one.'
  )
  t.same(unknown.json(), known.json())
  t.match(await events('login.failed'), [{ detail: { reason: 'registration closed' } }, {}])
  t.notOk(await app.db.users.byUsername('user'))
  t.notOk((await logInFrom()).access_token)
})

t.test('A first login makes no account past the limit of registrations', async t => {
  const { exchangeFor } = await createIdentityWorld(t, { limits: ['registration=2'] })
  const answers = []
  for (const sub of ['a', 'b', 'c']) answers.push((await exchangeFor({ sub })).statusCode)
  t.strictSame(answers, [200, 200, 429])
  t.equal((await exchangeFor({ sub: 'a' })).statusCode, 200, 'a login is not a registration')
})

t.test('First logins of one subject at once on two nodes make one account', async t => {
  const nodes = await createNodes(t)
  for (let n = 0; n < 4; n++) {
    const token = tokenFor(`subject${n}`, n % 2 ? {} : { email: null, isEmailTrusted: false })
    const made = await Promise.all([...nodes, ...nodes].map(node => node.identities.create(token, from)))
    t.equal(new Set(made.map(({ user }) => user.id)).size, 1)
    t.equal(new Set(made.map(({ identity }) => identity.id)).size, 1)
  }
  t.equal((await nodes[0].db.users.page('', 100)).rows.length, 4)
})

t.test(
  'First logins of two subjects with one local part at once make two accounts, or one for one address',
  async t => {
    const nodes = await createNodes(t)
    for (let n = 0; n < 4; n++) {
      const named = await Promise.all(
        nodes.map((node, at) =>
          node.identities.create(tokenFor(`${n}.${at}`, { email: `carol${n}@${at}.example` }), from)
        )
      )
      t.equal(new Set(named.map(({ user }) => user.username)).size, 2)
      t.ok(named.some(({ user }) => user.username === `carol${n}`))
      const proved = await Promise.allSettled(
        nodes.map((node, at) => node.identities.create(tokenFor(`d${n}.${at}`, { email: `dora${n}@gmail.com` }), from))
      )
      t.strictSame(proved.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
      t.match(
        proved.find(({ status }) => status === 'rejected'),
        { reason: { reason: 'address taken' } }
      )
    }
  }
)

t.test('A first login is counted once, with 503 when each name that it tries is taken at the same time', async t => {
  const [app] = await createNodes(t, { limits: ['registration=2'] })
  let tries = 0
  const { create } = createNewAccounts({
    config: { registration: 'open' },
    store: { ...app.db.identities, insertWithUser: async () => void tries++ },
    accounts: app.db.users,
    users: app.users,
    mail: app.mail,
    newRow: () => ({}) as never,
    newId: app.clock.newId
  })
  const busy = { code: 'temporarily_unavailable', status: 503, headers: { 'Retry-After': '1' } }
  await t.rejects(create(tokenFor('alice'), from), busy)
  t.equal(tries, 3)
  await t.rejects(create(tokenFor('alice'), from), busy)
  t.match(await create(tokenFor('alice'), from).catch(error => error), { status: 429 })
})

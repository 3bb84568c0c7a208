import t, { type Test } from 'tap'
import type { Clients } from '../../../src/auth/clients/clients.ts'
import type { ClientCredentials } from '../../../src/auth/clients/presented-client.ts'
import { basic, createApp, createServices, postForm } from '../../support/app.ts'
import { databaseUrl } from '../../support/engines.ts'
import { auditTrail, event } from '../../support/store.ts'

const confidential = { name: 'reports', confidential: true, grants: ['client_credentials'], scopes: ['me'] }
const publicClient = { name: 'phone', confidential: false, grants: ['password', 'refresh_token'], scopes: ['me'] }
const invalid = (message: string) => ({
  name: 'OAuthError',
  code: 'invalid_client',
  status: 401,
  headers: { 'WWW-Authenticate': 'Basic realm="sallyport", charset="UTF-8"' },
  message
})
const wrong = invalid('The client is unknown or its secret is wrong.')
const noSuchClient = { name: 'Problem', status: 404, message: 'There is no client nothing.' }

/** Authenticates with the given form and header, from no known address. */
const present = (clients: Clients, { authorization, ...form }: Partial<ClientCredentials>) =>
  clients.authenticate(form, { authorization, ip: null })

async function createClients(t: Test, settings = {}) {
  const { app, config, clock } = await createServices(t, settings)
  const trail = async () =>
    (await auditTrail(t, config.databaseUrl)).filter(({ action }) => action.startsWith('client.'))
  return { app, clients: app.clients, clientAdmin: app.clientAdmin, trail, clock }
}

t.test('A client authenticates with its id and secret, not with its name or another secret', async t => {
  const { clients, clientAdmin } = await createClients(t)
  const { client, secret } = await clientAdmin.create(confidential)
  const { id, grants, scopes } = client
  const expected = { id, confidential: true, grants, scopes, registered: client }
  for (const given of [basic(id, String(secret)), { client_id: id, client_secret: String(secret) }])
    t.strictSame(await present(clients, given), expected)
  for (const credentials of [
    { client_id: id, client_secret: `${secret}x` },
    { client_id: 'c_unknown', client_secret: String(secret) },
    { client_id: 'reports', client_secret: String(secret) },
    { client_id: `${id}\0`, client_secret: String(secret) },
    basic('', 'x')
  ])
    await t.rejects(present(clients, credentials), wrong, JSON.stringify(credentials))
})

t.test('A request without a client uses the built-in client, unless it is switched off', async t => {
  const { clients } = await createClients(t)
  const grants = ['password', 'refresh_token', 'authorization_code']
  for (const given of [{}, { client_id: 'first-party' }])
    t.strictSame(await present(clients, given), { id: 'first-party', confidential: false, grants, scopes: undefined })
  await t.rejects(present(clients, { client_id: 'first-party', client_secret: 'x' }), { code: 'invalid_client' })
  const elsewhere = await createClients(t, { identityProviders: ['https://accounts.example.com app'] })
  t.match(await present(elsewhere.clients, {}), {
    grants: [...grants, 'urn:ietf:params:oauth:grant-type:token-exchange']
  })
  const off = await createClients(t, { firstPartyClient: 'off' })
  await t.rejects(present(off.clients, {}), invalid('The request does not name a registered client.'))
})

t.test('A session has a client while it is enabled', async t => {
  const { app, clientAdmin } = await createClients(t)
  const { client } = await clientAdmin.create(confidential, {})
  const ofSession = () => app.clients.ofSession({ clientId: client.id })
  t.match(await ofSession(), { id: client.id, confidential: true })
  await clientAdmin.update(client.id, { disabled: true }, {})
  t.equal(await ofSession(), undefined)
  await clientAdmin.delete(client.id, {})
  t.equal(await ofSession(), undefined)
})

t.test('A secret is shown once and stored hashed, and an id is never that of a user (RFC 9068 §5)', async t => {
  const { app, clientAdmin, trail, clock } = await createClients(t)
  const { client, secret } = await clientAdmin.create(confidential, { actor: 'operator' })
  t.match(secret, /^[A-Za-z0-9_-]{43}$/)
  t.match(client.id, /^c_[0-9a-f-]{36}$/)
  t.notMatch(JSON.stringify([await app.db.clients.page('', 10), await trail()]), String(secret))
  const at = clock.now().toISOString()
  t.strictSame(clientAdmin.describe(client), {
    client_id: client.id,
    name: 'reports',
    type: 'confidential',
    grants: ['client_credentials'],
    scopes: ['me'],
    dpop_bound_access_tokens: false,
    event_details: false,
    disabled: false,
    created_at: at,
    updated_at: at
  })
  t.match(await trail(), [{ action: 'client.created', actor: 'operator', subject: client.id }])
  t.equal(clientAdmin.describe((await clientAdmin.create(publicClient)).client).type, 'public')
})

t.test('Invalid clients are refused (RFC 6749 §2.1, §3.3, §4.4)', async t => {
  const { clientAdmin } = await createClients(t)
  await clientAdmin.create(confidential)
  const invalidMember = (pointer: string, detail: string) => `The request is not valid: ${pointer} ${detail}.`
  const wrongName = invalidMember('/name', 'must have 1 to 64 printable characters and no leading or trailing spaces')
  const plainScopes = 'must contain only names of printable ASCII without spaces, quotes or backslashes'
  const grants =
    'password, refresh_token, client_credentials, authorization_code, urn:ietf:params:oauth:grant-type:token-exchange'
  const names = ['', ' shop', 'a\nb', 'x'.repeat(65), '\ud800', 'pay\u202ekcap', 'shop\u3164', 'shop\ufe0f', '\u2800']
  for (const [change, message] of [
    [{}, 'A client named reports already exists.'],
    [{ grants: ['implicit'] }, `Unknown grant implicit. Use ${grants}.`],
    [{ grants: [] }, 'A client needs at least one grant.'],
    [
      { confidential: false },
      'Only a confidential client can have the client_credentials grant (RFC 6749 section 4.4).'
    ],
    [{ scopes: ['a b'] }, invalidMember('/scopes', plainScopes)],
    [{ scopes: [] }, invalidMember('/scopes', 'must have at least one scope, such as me')],
    ...names.map(name => [{ name }, wrongName] as const),
    [{ name: `c_${'0'.repeat(36)}` }, invalidMember('/name', 'must not look like a client_id')]
  ] as const) {
    const status = message.endsWith('already exists.') ? 409 : 400
    const client = { ...confidential, ...change } as typeof confidential
    await t.rejects(clientAdmin.create(client), { name: 'Problem', status, message }, message)
  }
  t.equal((await clientAdmin.page({ limit: 10 })).items.length, 1)
})

t.test('A new secret replaces the old one at once', async t => {
  const { clients, clientAdmin, trail } = await createClients(t)
  const { client, secret: old } = await clientAdmin.create(confidential)
  const before = basic(client.id, String(old))
  for (const _ of ['first', 'known']) t.match(await present(clients, before), { id: client.id })
  await t.rejects(present(clients, { ...before, client_secret: String(old) }), { code: 'invalid_request' })
  const { secret } = await clientAdmin.rotateSecret('reports')
  await t.rejects(present(clients, before), wrong)
  t.match(await present(clients, basic(client.id, secret)), { id: client.id })
  t.match((await trail()).at(-2), { action: 'client.secret_rotated', subject: client.id, detail: {} })
  await clientAdmin.create(publicClient)
  await t.rejects(clientAdmin.rotateSecret('phone'), { status: 409, message: 'A public client has no secret.' })
  await t.rejects(clientAdmin.rotateSecret('nothing'), noSuchClient)
})

t.test('A client is enabled, and its need for DPoP taken off, only by who has its scopes', async t => {
  const { clientAdmin } = await createClients(t)
  const scopes = ['users:read', 'orders:read']
  await clientAdmin.create({ ...confidential, scopes, dpop_bound_access_tokens: true })
  const weak = { scopes: ['clients:write', 'users:read'] }
  t.equal((await clientAdmin.update('reports', { disabled: true }, weak)).disabled, true)
  for (const [change, act, after] of [
    [{ disabled: false }, 'enable a client with', { disabled: false }],
    [{ dpop_bound_access_tokens: false }, 'allow unbound tokens of a client with', { dpopBound: false }]
  ] as const) {
    const message = `You cannot ${act} the scope orders:read, because your access token does not have it.`
    await t.rejects(clientAdmin.update('reports', change, weak), { name: 'Problem', status: 403, message })
    t.match(await clientAdmin.update('reports', change, { scopes: ['clients:write', ...scopes] }), after)
    t.match(await clientAdmin.update('reports', change, weak), after, 'what is so already may be repeated')
  }
})

t.test('A disabled or deleted client cannot authenticate, even with its secret', async t => {
  const { clients, clientAdmin, trail } = await createClients(t)
  const { client, secret } = await clientAdmin.create(confidential)
  const credentials = basic(client.id, String(secret))
  for (const _ of ['first', 'known']) t.match(await present(clients, credentials), { id: client.id })
  t.equal((await clientAdmin.update(client.id, { disabled: true })).disabled, true)
  await t.rejects(present(clients, credentials), wrong)
  t.equal((await clientAdmin.update('reports', { disabled: false })).disabled, false)
  t.match(await present(clients, credentials), { id: client.id })
  t.equal((await clientAdmin.byIdOrName('reports')).id, client.id)
  await clientAdmin.delete('reports')
  await t.rejects(present(clients, credentials), wrong)
  for (const call of [
    (): Promise<unknown> => clientAdmin.byIdOrName('nothing'),
    () => clientAdmin.update('nothing', { disabled: true }),
    () => clientAdmin.delete('nothing')
  ]) {
    await t.rejects(
      call().then(() => {}),
      noSuchClient
    )
  }
  t.strictSame(
    (await trail()).map(({ action }) => action),
    [
      'client.created',
      'client.updated',
      'client.authentication_failed',
      'client.updated',
      'client.deleted',
      'client.authentication_failed'
    ]
  )
})

t.test('Changing a client that another request changes or deletes is 409 or 404 (compare-and-swap)', async t => {
  const { app, clientAdmin } = await createClients(t, { databaseUrl: await databaseUrl(t, 'sqlite') })
  const { client } = await clientAdmin.create(confidential)
  const { byName } = app.db.clients
  app.db.clients.byName = async name => {
    const row = await byName(name)
    await app.db.clients.update(client, { scopes: ['me', 'x:y'], updatedAt: client.updatedAt }, event('client.updated'))
    return row
  }
  const changed = { status: 409, message: 'This was changed by another request. Read it again and retry.' }
  await t.rejects(clientAdmin.update('reports', { disabled: true }), changed)
  t.strictSame((await clientAdmin.byIdOrName(client.id)).scopes, ['me', 'x:y'])
  app.db.clients.byName = byName
  const rotations = await Promise.allSettled([clientAdmin.rotateSecret('reports'), clientAdmin.rotateSecret('reports')])
  t.strictSame(
    rotations.map(({ status }) => status).sort(),
    ['fulfilled', 'rejected'],
    'so every returned secret works'
  )
  app.db.clients.byName = async name => {
    const row = await byName(name)
    await clientAdmin.delete(client.id)
    return row
  }
  const gone = { name: 'Problem', status: 404, message: `There is no client ${client.id}.` }
  await t.rejects(clientAdmin.rotateSecret('reports'), gone)
})

t.test('A client that is disabled during its token request gets no token and the usual error', async t => {
  const { app } = await createApp(t)
  const { client, secret } = await app.clientAdmin.create(confidential)
  const { insert } = app.db.sessions
  app.db.sessions.insert = async (...args) => {
    await app.clientAdmin.update(client.id, { disabled: true })
    return insert(...args)
  }
  const form = { grant_type: 'client_credentials' }
  const answer = await postForm(app, '/token', form, basic(client.id, String(secret)))
  t.equal(answer.statusCode, 401)
  t.strictSame(answer.json(), { error: 'invalid_client', error_description: wrong.message })
})

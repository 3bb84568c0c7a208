import t from 'tap'
import { assertAllRefused, callWith, type Refused, withRoot } from '../support/administrator.ts'
import { basic, password, postForm } from '../support/app.ts'

const invalid = (pointer: string, detail: string) => ({
  detail: `The request is not valid: ${pointer || 'the body'} ${detail}.`,
  errors: [{ pointer, detail }]
})
const of = (pointer: string, detail: string) => ({ detail, errors: [{ pointer, detail }] })
const lacks = (scope: string) => ({
  detail: `You cannot grant the scope ${scope}, because your access token does not have it.`
})
const web = { name: 'web', confidential: false, grants: ['password', 'refresh_token'], scopes: ['me'] }
const scopes = ['me', 'clients:read', 'clients:write', 'x:y']

t.test('An invalid registration or change is refused with a pointer, and a scope that the caller lacks', async t => {
  const { app, token, call, root } = await withRoot(t, scopes)
  const { client_id } = (await call('POST', '/clients', web)).json()
  const { client: mighty } = await app.clientAdmin.create({
    name: 'mighty',
    confidential: true,
    grants: ['password'],
    scopes: ['me', 'audit:read']
  })
  const refused = (call: Refused['call'], status: number, refusal: Refused['refusal']): Refused => ({
    name: call.map(part => (typeof part === 'string' ? part : JSON.stringify(part))).join(' '),
    call,
    token,
    status,
    refusal
  })
  const post = (changes: object, status: number, refusal: Refused['refusal']) =>
    refused(['POST', '/clients', { ...web, name: 'new', ...changes }], status, refusal)
  const patch = (id: string, change: object, status: number, refusal: Refused['refusal']) =>
    refused(['PATCH', `/clients/${id}`, change], status, refusal)
  const wrongScope = 'must contain only names of printable ASCII without spaces, quotes or backslashes'
  const taken = (name: string) => ({
    detail: `A client named ${name} already exists.`,
    errors: [{ pointer: '/name', detail: 'is taken' }]
  })
  const onlyConfidential = of(
    '/grants',
    'Only a confidential client can have the client_credentials grant (RFC 6749 section 4.4).'
  )
  const wrongName = 'must have 1 to 64 printable characters and no leading or trailing spaces'
  await assertAllRefused(t, app, [
    post({ name: ' new' }, 400, invalid('/name', wrongName)),
    post({ name: `c_${root.id}` }, 400, invalid('/name', 'must not look like a client_id')),
    post({ name: 'web' }, 409, taken('web')),
    post({ confidential: 'yes' }, 400, invalid('/confidential', 'must be boolean')),
    post({ client_secret: 'mine' }, 400, invalid('/client_secret', 'is unknown')),
    post({ grants: ['implicit'] }, 400, invalid('/grants/0', 'must be equal to one of the allowed values')),
    post({ grants: [] }, 400, invalid('/grants', 'must NOT have fewer than 1 items')),
    post({ grants: ['client_credentials'] }, 400, onlyConfidential),
    post({ scopes: [] }, 400, invalid('/scopes', 'must NOT have fewer than 1 items')),
    post({ scopes: ['a b'] }, 400, invalid('/scopes', wrongScope)),
    post({ scopes: ['me', 'audit:read'] }, 403, lacks('audit:read')),
    patch(client_id, {}, 400, invalid('', 'must NOT have fewer than 1 properties')),
    patch(client_id, { confidential: true }, 400, invalid('/confidential', 'is unknown')),
    patch(client_id, { name: 'mighty' }, 409, taken('mighty')),
    patch(client_id, { grants: ['client_credentials'] }, 400, onlyConfidential),
    patch(client_id, { scopes: ['me', 'audit:read'] }, 403, lacks('audit:read')),
    // A new grant or secret for a client with the scope would give access to the scope.
    patch(mighty.id, { grants: ['password', 'client_credentials'] }, 403, lacks('audit:read')),
    refused(['POST', `/clients/${mighty.id}/secret`], 403, lacks('audit:read')),
    refused(['POST', `/clients/${client_id}/secret`], 409, { detail: 'A public client has no secret.' })
  ])
  t.match(await app.clientAdmin.byIdOrName('mighty'), { grants: ['password'], secretHash: mighty.secretHash })
  t.match(await app.clientAdmin.byIdOrName('web'), { ...web, confidential: undefined, disabled: false })
})

t.test('A public client is registered, read, changed and deleted', async t => {
  const { app, clock, root: by, call, trail } = await withRoot(t, scopes)
  const made = await call('POST', '/clients', { ...web, scopes: ['me', 'me'] })
  const { client_id } = made.json()
  const at = clock.now().toISOString()
  const client = {
    client_id,
    ...web,
    type: 'public',
    dpop_bound_access_tokens: false,
    event_details: false,
    disabled: false,
    created_at: at,
    updated_at: at
  }
  const { confidential: _, ...shown } = client
  t.equal(made.statusCode, 201)
  t.equal(made.headers.location, `/clients/${client_id}`)
  t.equal(made.headers['cache-control'], 'no-store')
  t.strictSame(made.json(), shown)
  const url = `/clients/${client_id}`
  t.strictSame((await call('GET', url)).json(), shown)
  const form = { grant_type: 'password', username: 'alice', password, client_id }
  const { access_token } = (await postForm(app, '/token', form)).json()

  clock.advance(60)
  const updated_at = clock.now().toISOString()
  const { client: wide } = await app.clientAdmin.create({ ...web, name: 'wide', scopes: ['me', 'audit:read'] })
  for (const [change, after] of [
    [
      { name: 'site', scopes: ['me', 'x:y', 'me'] },
      { name: 'site', scopes: ['me', 'x:y'] }
    ],
    [{ grants: ['password', 'password'] }, { name: 'site', scopes: ['me', 'x:y'], grants: ['password'] }],
    [
      { dpop_bound_access_tokens: true },
      { name: 'site', scopes: ['me', 'x:y'], grants: ['password'], dpop_bound_access_tokens: true }
    ],
    [
      { dpop_bound_access_tokens: false, disabled: true },
      { name: 'site', scopes: ['me', 'x:y'], grants: ['password'], disabled: true }
    ]
  ] as const) {
    const answer = await call('PATCH', url, change)
    t.equal(answer.statusCode, 200)
    t.strictSame(answer.json(), { ...shown, ...after, updated_at })
  }
  t.equal((await callWith(app, access_token)('GET', '/users/me')).statusCode, 401)
  // The client already had the scope, which root does not have.
  t.equal((await call('PATCH', `/clients/${wide.id}`, { scopes: ['audit:read'] })).statusCode, 200)

  const deleted = await call('DELETE', url)
  t.strictSame([deleted.statusCode, deleted.body], [204, ''])
  t.equal((await call('GET', url)).statusCode, 404)
  const about = { actor: by.id, subject: client_id, ip: '192.0.2.1' }
  t.match(
    (await trail()).filter(({ subject }) => subject === client_id),
    [
      { ...about, action: 'client.created', detail: { name: 'web' } },
      { ...about, action: 'client.updated', detail: { name: 'site', scopes: 'me x:y' } },
      { ...about, action: 'client.updated', detail: { grants: 'password' } },
      { ...about, action: 'client.updated', detail: { dpop_bound_access_tokens: true } },
      { ...about, action: 'client.updated', detail: { disabled: true, dpop_bound_access_tokens: false } },
      { ...about, action: 'client.deleted', detail: {} }
    ]
  )
})

t.test('A client is registered as one whose tokens are bound (RFC 9449 §5.2)', async t => {
  const { call, trail } = await withRoot(t, scopes)
  const made = await call('POST', '/clients', { ...web, dpop_bound_access_tokens: true })
  t.match(made.json(), { dpop_bound_access_tokens: true })
  t.match((await trail()).at(-1), { detail: { name: 'web', dpop_bound_access_tokens: true } })
  const wrong = await call('PATCH', `/clients/${made.json().client_id}`, { dpop_bound_access_tokens: 'yes' })
  t.equal(wrong.statusCode, 400)
})

t.test('A secret is shown when it is created, and never again', async t => {
  const { app, call, trail } = await withRoot(t, scopes)
  const payload = { name: 'reports', confidential: true, grants: ['client_credentials'], scopes: ['x:y'] }
  const made = (await call('POST', '/clients', payload)).json()
  t.match(made, { type: 'confidential', client_secret: /^[\w-]{43}$/ })
  const url = `/clients/${made.client_id}`
  const rotated = await call('POST', `${url}/secret`)
  const { client_secret } = rotated.json()
  t.equal(rotated.statusCode, 200)
  t.strictSame(rotated.json(), { client_id: made.client_id, client_secret })
  t.not(client_secret, made.client_secret)
  const withSecret = (secret: string) =>
    postForm(app, '/token', { grant_type: 'client_credentials' }, basic(made.client_id, secret))
  t.equal((await withSecret(made.client_secret)).statusCode, 401)
  t.equal((await withSecret(client_secret)).json().scope, 'x:y')

  const shown = [await call('GET', url), await call('GET', '/clients'), await call('PATCH', url, { name: 'r' })]
  for (const { body } of shown) {
    t.match(body, made.client_id)
    t.notMatch(body, /secret/)
  }
  const written = JSON.stringify(await trail())
  for (const secret of [made.client_secret, client_secret]) t.notOk(written.includes(secret))
})

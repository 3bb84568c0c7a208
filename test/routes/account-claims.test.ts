import { type Test, test } from 'tap'
import { callWith, withRoot } from '../support/administrator.ts'
import { bearer, createApp, createUser, logIn, password, postForm } from '../support/app.ts'

const claimsOf = (token: string) => JSON.parse(Buffer.from(String(token.split('.')[1]), 'base64url').toString())

async function withClaims(t: Test) {
  const world = await withRoot(t, ['me', 'users:read', 'users:write', 'introspect'])
  const { app, alice, token, call } = world
  const url = `/users/${alice.id}`
  const set = (claims: object | null, headers: Record<string, string> = {}) =>
    app.inject({ method: 'PATCH', url, payload: { claims }, headers: { ...bearer(token), ...headers } })
  const read = async () => (await call('GET', url)).json()
  const introspect = async (form: { token: string }) => (await postForm(app, '/introspect', form, bearer(token))).json()
  return { ...world, url, set, read, introspect }
}

test('Claims of an account are in its next tokens, in introspection at once, and readable by the owner', async t => {
  const { app, set, introspect, trail } = await withClaims(t)
  const before = await logIn(app)
  t.equal((await set({ roles: ['editor'], tenant: 'acme' })).statusCode, 200)
  t.equal(claimsOf(before.access_token).roles, undefined)
  t.match(await introspect({ token: before.access_token }), { roles: ['editor'], tenant: 'acme', active: true })
  t.match((await callWith(app, before.access_token)('GET', '/users/me')).json(), {
    claims: { roles: ['editor'], tenant: 'acme' },
    data: {}
  })
  const refresh = async (refresh_token: string) =>
    (await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token })).json()
  const after = await refresh(before.refresh_token)
  t.match(claimsOf(after.access_token), { roles: ['editor'], tenant: 'acme', preferred_username: 'alice' })

  await set({ roles: null })
  t.notHas(await introspect({ token: after.access_token }), { roles: [] })
  t.match(await introspect({ token: after.access_token }), { tenant: 'acme' })
  t.notHas(claimsOf((await refresh(after.refresh_token)).access_token), { roles: [] })
  t.match(
    (await trail()).filter(({ action }) => action === 'user.claims_changed').map(({ detail }) => detail),
    [
      { claims: 'roles tenant', roles: '["editor"]' },
      { claims: 'roles', roles: '[]' }
    ],
    'the trail has the names of claims, and the values of those that give rights'
  )
})

test('A change of claims is a merge patch under either media type (RFC 7396)', async t => {
  const { app, url, token, set, read } = await withClaims(t)
  await set({ plan: { name: 'pro', seats: 5 }, tenant: 'acme' })
  const headers = { ...bearer(token), 'content-type': 'application/merge-patch+json' }
  const payload = JSON.stringify({ claims: { plan: { seats: 6 }, tenant: null } })
  const answer = await app.inject({ method: 'PATCH', url, headers, payload })
  t.match([answer.statusCode, answer.json()], [200, { claims: { plan: { name: 'pro', seats: 6 } } }])
  t.strictSame((await read()).claims, { plan: { name: 'pro', seats: 6 } })
  t.equal((await set({})).statusCode, 200)
  t.strictSame((await read()).claims, { plan: { name: 'pro', seats: 6 } })
  await set(null)
  t.strictSame((await read()).claims, {})
})

test('Only administrators set claims', async t => {
  const { app, alice } = await withClaims(t)
  const { access_token } = await logIn(app)
  const asAlice = callWith(app, access_token)
  const claims = { roles: ['admin'] }
  for (const [answer, status] of [
    [await asAlice('PATCH', '/users/me', { claims }), 400],
    [await asAlice('PATCH', `/users/${alice.id}`, { claims }), 403],
    [await callWith(app)('POST', '/users', { username: 'mallory', password, claims }), 403],
    [await asAlice('POST', '/users', { username: 'mallory', password, claims }), 403]
  ] as const)
    t.equal(answer.statusCode, status, answer.body)
  t.strictSame((await app.userAdmin.byId(alice.id)).claims, {})
  t.equal(await app.db.users.byUsername('mallory'), undefined)
})

test('An account can have claims from the beginning', async t => {
  const { app, call } = await withClaims(t)
  const made = await call('POST', '/users', { username: 'bob', password, claims: { roles: ['a'] }, data: { a: 1 } })
  t.match([made.statusCode, made.json()], [201, { claims: { roles: ['a'] }, data: { a: 1 } }])
  t.match(claimsOf((await logIn(app, { username: 'bob' })).access_token), { roles: ['a'] })
})

test('Invalid claims are refused before anything changes, with the place of what is wrong', async t => {
  const { app, url, token, set, read } = await withClaims(t)
  await set({ tenant: 'acme' })
  for (const [json, pointer] of [
    ['{"claims":{"sub":"x"}}', '/claims/sub'],
    ['{"claims":{"roles":"admin"}}', '/claims/roles'],
    ['{"claims":{"a":1,"a":2}}', '/claims/a'],
    ['{"claims":{"__proto__":{"a":1}}}', '/claims/__proto__'],
    [`{"claims":${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}}`, '/claims/a/a/a/a/a/a/a/a'],
    [`{"claims":{"a":"${'x'.repeat(1024)}"}}`, '/claims'],
    ['{"claims":["admin"]}', '/claims'],
    ['{"data":{"a":1}}', '/data']
  ] as const) {
    const headers = { ...bearer(token), 'content-type': 'application/json' }
    const answer = await app.inject({ method: 'PATCH', url, headers, payload: json })
    t.match([answer.statusCode, answer.json()], [400, { errors: [{ pointer }] }], json.slice(0, 60))
  }
  t.strictSame((await read()).claims, { tenant: 'acme' })
})

test('Claims and scopes together make no token longer than 4 KB', async t => {
  const { app, alice } = await withClaims(t)
  const set = (claims: Record<string, string>) => app.userAdmin.update(alice.id, { claims }, {})
  await app.userAdmin.update(
    alice.id,
    { scopes: ['me', ...Array.from({ length: 17 }, (_, i) => `${i}${'s'.repeat(98)}`)] },
    {}
  )
  await t.rejects(set({ a: 'x'.repeat(900) }), { status: 400, errors: [{ pointer: '/claims' }] })
  await set({ a: 'x'.repeat(300) })
  const { access_token } = await logIn(app)
  t.ok(access_token.length <= 4096, String(access_token.length))
  await app.userAdmin.update(alice.id, { scopes: ['me'] }, {})
  await set({ a: 'x'.repeat(900) })
  await t.rejects(
    app.userAdmin.update(alice.id, { scopes: Array.from({ length: 19 }, (_, i) => `${i}${'s'.repeat(98)}`) }, {}),
    { status: 400, errors: [{ pointer: '/scopes' }] }
  )
})

test('Changes under If-Match do not overwrite each other (RFC 9110 §13.1.1)', async t => {
  const { app, url, token, call, set, read } = await withClaims(t)
  const etag = String((await call('GET', url)).headers.etag)
  const first = await set({ roles: ['a'] }, { 'if-match': etag })
  t.equal(first.statusCode, 200)
  t.not(first.headers.etag, etag)
  const second = await set({ roles: ['b'] }, { 'if-match': etag })
  t.match([second.statusCode, second.json()], [412, { detail: /since you read it/ }])
  t.strictSame((await read()).claims, { roles: ['a'] })
  const own = String(first.headers.etag)
  for (const [ifMatch, status] of [
    ...[own, '*', `"x", ${own}`, `, "a,b",W/${own} ,`, `W/${own}`].map(each => [each, 200] as const),
    ...['', '"x"', 'W/"x"', `"${own.slice(2)}`].map(each => [each, 412] as const),
    ...[`x${own}y`, own.slice(1, -1), `"x" ${own}`, `*, ${own}`, `w/${own}`].map(each => [each, 400] as const)
  ]) {
    const headers = { ...bearer(token), 'if-match': ifMatch }
    const answer = await app.inject({ method: 'PATCH', url, payload: { claims: {} }, headers })
    t.equal(answer.statusCode, status, ifMatch)
    if (status === 400) t.equal(answer.json().detail, 'If-Match is * or a list of ETags, each in its quotes.')
  }
})

test('The hook of an app adds to the claims of the account, and wins', async t => {
  let plan = 'free'
  const extensions = { claims: () => ({ roles: ['from the app'], plan }) }
  const { app } = await createApp(t, {}, {}, extensions)
  const alice = await createUser(app)
  await createUser(app, 'api', ['introspect'])
  await app.userAdmin.update(alice.id, { claims: { roles: ['editor'], tenant: 'acme' } }, {})
  const { access_token: token } = await logIn(app)
  t.match(claimsOf(token), { roles: ['from the app'], plan: 'free', tenant: 'acme' })
  const api = bearer((await logIn(app, { username: 'api' })).access_token)
  await app.userAdmin.update(alice.id, { claims: { tenant: null, region: 'eu' } }, {})
  plan = 'pro'
  const seen = (await postForm(app, '/introspect', { token }, api)).json()
  t.match(seen, { active: true, roles: ['from the app'], plan: 'pro', region: 'eu' })
  t.notHas(seen, { tenant: 'acme' })
})

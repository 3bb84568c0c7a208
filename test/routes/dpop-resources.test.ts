import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { Caller } from '../../src/auth/tokens/access-tokens.ts'
import type { Config } from '../../src/config/config.ts'
import type { UserRow } from '../../src/store/users.ts'
import { createApp, createUser, logIn, password, postForm } from '../support/app.ts'
import {
  bothSchemes,
  createProofSigner,
  nonceOf,
  type ProofSigner,
  postProved,
  proofClaims,
  provedHeaders
} from '../support/dpop.ts'

const form = { grant_type: 'password', username: 'alice', password }
const algs = 'algs="ES256 Ed25519 EdDSA RS256"'

/** A server with alice, and the tokens of a login of hers that is bound to the key of `signer`. */
async function withBoundLogin(t: Test, settings: Partial<Config> = {}) {
  const { app, clock, config } = await createApp(t, settings)
  await createUser(app, 'alice', ['me', 'users:read', 'users:write', 'introspect'])
  const signer = createProofSigner()
  const answer = await postProved(app, signer, '/token', { ...form, scope: 'me users:read users:write introspect' })
  t.equal(answer.statusCode, 200, answer.body)
  const { access_token: token, refresh_token } = answer.json()
  return { app, clock, config, signer, token: String(token), refreshToken: String(refresh_token) }
}

/** The claims of a valid proof, with others in place of some. */
const headersWith = (
  { app, signer, token }: { app: FastifyInstance; signer: ProofSigner; token: string },
  [method, path]: [string, string],
  claims: Record<string, unknown> = {}
) => ({
  authorization: `DPoP ${token}`,
  dpop: signer.prove({ ...proofClaims(app, [method, path], { token }), ...claims })
})

t.test('every kind of protected path takes a bound token with its proof (RFC 9449 §7)', async t => {
  const world = await withBoundLogin(t, {})
  const { app, signer, token } = world
  const requests: [method: 'GET' | 'HEAD' | 'POST', url: string, htu: string, status: number, body?: object][] = [
    ['GET', '/users/me', '/users/me', 200],
    ['HEAD', '/users/me', '/users/me', 200],
    ['GET', '/users?limit=1', '/users', 200],
    ['GET', '/users?limit=1', '/%75sers', 200],
    ['GET', '/users/%6de', '/users/me', 200],
    ['GET', '/users/me/factors', '/users/me/factors', 200],
    ['POST', '/users/me/factors', '/users/me/factors', 201, { type: 'totp', current_password: password }],
    ['POST', '/users', '/users', 201, { username: 'bob', password }],
    ['GET', `/users/${randomUUID()}`, '', 404]
  ]
  for (const [method, url, htu, status, payload] of requests) {
    const headers = provedHeaders(app, signer, [method, htu || url], token)
    const answer = await app.inject({ method, url, headers, ...(payload && { payload }) })
    t.equal(answer.statusCode, status, `${method} ${url} ${answer.body}`)
    t.equal(answer.headers['dpop-nonce'], nonceOf(app), `${method} ${url}`)
    const bare = { authorization: `Bearer ${token}` }
    const refused = await app.inject({ method, url, headers: bare, ...(payload && { payload }) })
    t.equal(refused.statusCode, 401, `${method} ${url}`)
    t.match(refused.headers['www-authenticate'], /^DPoP realm="sallyport", error="invalid_token"/)
  }
})

t.test('a request for a resource without a proof, or with a wrong one, is refused (RFC 9449 §4.3, §7.1)', async t => {
  const world = await withBoundLogin(t)
  const { app, config, signer, token } = world
  const thief = createProofSigner()
  const request: [string, string] = ['GET', '/users/me']
  const claims = proofClaims(app, request, { token })
  const at = (headers: Record<string, string>, url = '/users/me') => app.inject({ url, headers })
  const scheme = `DPoP ${token}`
  const cases: [name: string, headers: Record<string, string>, error: string, description: RegExp][] = [
    ['no proof', { authorization: scheme }, 'invalid_dpop_proof', /Send a proof/],
    [
      'two proofs',
      { authorization: scheme, dpop: `${signer.prove(claims)}, x` },
      'invalid_dpop_proof',
      /Send one DPoP/
    ],
    ['another key', { authorization: scheme, dpop: thief.prove(claims) }, 'invalid_token', /another key/],
    ['htm', headersWith(world, request, { htm: 'POST' }), 'invalid_dpop_proof', /htm of the proof must be GET/],
    ['htu', headersWith(world, request, { htu: `${config.issuer}/users` }), 'invalid_dpop_proof', /htu of the proof/],
    [
      'another host',
      headersWith(world, request, { htu: 'https://evil.example/users/me' }),
      'invalid_dpop_proof',
      /htu/
    ],
    ['no ath', headersWith(world, request, { ath: undefined }), 'invalid_dpop_proof', /ath of the proof/],
    ['ath of another token', headersWith(world, request, { ath: 'x' }), 'invalid_dpop_proof', /ath of the proof/],
    ['an old iat', headersWith(world, request, { iat: claims.iat - 31 }), 'invalid_dpop_proof', /iat of the proof/],
    ['no nonce', headersWith(world, request, { nonce: undefined }), 'use_dpop_nonce', /nonce of the header/],
    ['another nonce', headersWith(world, request, { nonce: '1.x' }), 'use_dpop_nonce', /nonce of the header/]
  ]
  for (const [name, headers, error, description] of cases) {
    const answer = await at(headers)
    t.equal(answer.statusCode, 401, name)
    const challenge = String(answer.headers['www-authenticate'])
    t.ok(challenge.startsWith(`DPoP realm="sallyport", error="${error}", error_description="`), `${name}: ${challenge}`)
    t.ok(challenge.endsWith(`, ${algs}`), name)
    t.match(answer.json().detail, description, name)
    t.equal(answer.headers['dpop-nonce'], nonceOf(app), name)
  }
  t.equal((await at(headersWith(world, request))).statusCode, 200)
  t.equal((await at(headersWith(world, request), '/users/me/sessions')).statusCode, 401, 'the proof is for one URL')
  const [header, payload, signature = ''] = headersWith(world, request).dpop.split('.')
  const forged = `${header}.${payload}.${signature.slice(0, -4)}AAAA`
  t.match((await at({ authorization: scheme, dpop: forged })).json().detail, /signature/)
})

t.test('the scheme has to fit the token (RFC 9449 §7.1, §7.2)', async t => {
  const { app, signer, token } = await withBoundLogin(t)
  const { access_token } = await logIn(app)
  const asBearer = await app.inject({ url: '/users/me', headers: { authorization: `Bearer ${token}` } })
  t.equal(asBearer.statusCode, 401)
  t.equal(
    asBearer.headers['www-authenticate'],
    `DPoP realm="sallyport", error="invalid_token", error_description="The access token is bound to a key. Send it as DPoP.", ${algs}`
  )
  const asDpop = await app.inject({
    url: '/users/me',
    headers: provedHeaders(app, signer, ['GET', '/users/me'], access_token)
  })
  t.equal(asDpop.statusCode, 401)
  t.equal(
    asDpop.headers['www-authenticate'],
    `DPoP realm="sallyport", error="invalid_token", error_description="The access token is not bound to a key. Send it as Bearer.", ${algs}`
  )
  for (const authorization of ['DPoP', 'DPoP a b']) {
    const answer = await app.inject({ url: '/users/me', headers: { authorization } })
    t.equal(answer.statusCode, 400)
    t.match(answer.headers['www-authenticate'], /^DPoP realm="sallyport", error="invalid_request"/)
  }
  const inUrl = await app.inject({
    url: `/users/me?access_token=${token}`,
    headers: provedHeaders(app, signer, ['GET', '/users/me'], token)
  })
  t.equal(inUrl.statusCode, 400)
})

t.test('errors of other rules name the scheme of the request too (RFC 9449 §7.1)', async t => {
  const { app, clock, signer, token, refreshToken } = await withBoundLogin(t)
  const lacking = await app.inject({ url: '/keys', headers: provedHeaders(app, signer, ['GET', '/keys'], token) })
  t.equal(lacking.statusCode, 403)
  t.match(
    lacking.headers['www-authenticate'],
    /^DPoP realm="sallyport", error="insufficient_scope".*, scope="keys:\w+", algs="/
  )
  clock.advance(599)
  const refreshed = await postProved(app, signer, '/token', {
    grant_type: 'refresh_token',
    refresh_token: refreshToken
  })
  clock.advance(2)
  const headers = provedHeaders(app, signer, ['POST', '/users'], refreshed.json().access_token)
  const old = await app.inject({ method: 'POST', url: '/users', headers, payload: { username: 'carol', password } })
  t.equal(old.statusCode, 401, old.body)
  t.match(old.headers['www-authenticate'], /^DPoP .*error="insufficient_user_authentication".*max_age="600", algs="/)
})

t.test('a request without a token learns the schemes (RFC 9449 §7.2)', async t => {
  for (const [dpop, challenge, detail] of [
    ['optional', bothSchemes, 'Send an access token: Authorization: Bearer <token>.'],
    ['required', `DPoP realm="sallyport", ${algs}`, 'Send an access token: Authorization: DPoP <token>.'],
    ['off', 'Bearer realm="sallyport"', 'Send an access token: Authorization: Bearer <token>.']
  ] as const) {
    const { app } = await createApp(t, { dpop })
    for (const url of ['/users/me', '/users/me/factors', '/verify']) {
      const answer = await app.inject(url)
      t.equal(answer.statusCode, 401)
      t.equal(answer.headers['www-authenticate'], challenge)
      t.equal(answer.json().detail, detail)
    }
  }
})

t.test('DPOP=off knows no scheme DPoP, and refuses bound tokens (RFC 9449 §7.2)', async t => {
  const on = await withBoundLogin(t, {})
  await on.app.close()
  const { app } = await createApp(t, { dpop: 'off', databaseUrl: on.config.databaseUrl })
  const bound = await app.inject({ url: '/users/me', headers: { authorization: `Bearer ${on.token}` } })
  t.equal(bound.statusCode, 401)
  t.match(bound.headers['www-authenticate'], /^Bearer realm="sallyport", error="invalid_token"/)
  const { access_token } = await logIn(app)
  const proved = provedHeaders(app, on.signer, ['GET', '/users/me'], access_token)
  for (const headers of [
    proved,
    provedHeaders(app, on.signer, ['GET', '/users/me'], on.token),
    { authorization: 'DPoP' }
  ]) {
    const unknown = await app.inject({ url: '/users/me', headers })
    t.equal(unknown.statusCode, 401)
    t.equal(unknown.headers['www-authenticate'], 'Bearer realm="sallyport"')
    t.equal(unknown.headers['dpop-nonce'], undefined)
  }
  const ignored = await app.inject({
    url: '/users/me',
    headers: { ...proved, authorization: `Bearer ${access_token}` }
  })
  t.equal(ignored.statusCode, 200, 'a proof beside a Bearer token is ignored')
})

t.test('DPOP=required refuses the tokens of before (RFC 9449 §5.2)', async t => {
  const before = await withBoundLogin(t, {})
  const { access_token } = await logIn(before.app)
  const owner = (await before.app.accessTokens.authenticate(access_token)) as Caller & { user: UserRow }
  const script = await before.app.personalTokens.create(owner, { name: 'script' }, {})
  await before.app.close()
  const { app } = await createApp(t, { dpop: 'required', databaseUrl: before.config.databaseUrl })
  const unbound = await app.inject({ url: '/users/me', headers: { authorization: `Bearer ${access_token}` } })
  t.equal(unbound.statusCode, 401)
  t.equal(
    unbound.headers['www-authenticate'],
    `DPoP realm="sallyport", error="invalid_token", error_description="The access token must be bound to a key.", ${algs}`
  )
  const headers = provedHeaders(app, before.signer, ['GET', '/users/me'], before.token)
  t.equal((await app.inject({ url: '/users/me', headers })).statusCode, 200)
  for (const [scheme, status] of [
    ['Bearer', 204],
    ['DPoP', 401]
  ] as const) {
    const answer = await app.inject({ url: '/verify', headers: { authorization: `${scheme} ${script.token}` } })
    t.equal(answer.statusCode, status, 'a personal access token is never bound')
  }
})

t.test('behind a prefix, a proof is for the public URL, whatever the Host is (RFC 9449 §4.3)', async t => {
  const issuer = 'https://example.com/auth'
  const { app } = await createApp(t, { issuer })
  await createUser(app)
  const signer = createProofSigner()
  const token = async () => {
    const dpop = signer.prove(proofClaims(app, ['POST', '/token'], { issuer }))
    return String((await postForm(app, '/token', { ...form, scope: 'me' }, { dpop })).json().access_token)
  }
  const access = await token()
  const ask = (htu: string, host: string, url = '/users/me') => {
    const claims = { ...proofClaims(app, ['GET', ''], { token: access }), htu }
    return app.inject({ url, headers: { host, authorization: `DPoP ${access}`, dpop: signer.prove(claims) } })
  }
  t.equal((await ask(`${issuer}/users/me`, 'example.com')).statusCode, 200)
  t.equal((await ask('HTTPS://EXAMPLE.com:443/auth/users/me', 'internal:3000')).statusCode, 200)
  for (const htu of ['https://evil.example/users/me', 'https://example.com/users/me', `${issuer}/users/me?a=b`])
    t.equal((await ask(htu, 'evil.example')).statusCode, 401, htu)
})

t.test('without a valid token, no signature of a proof is checked (RFC 9449 §11.1)', async t => {
  const { app, clock, signer, token } = await withBoundLogin(t)
  const proofs = t.capture(app.dpop, 'findBindingFault', app.dpop.findBindingFault)
  const dpop = signer.prove(proofClaims(app, ['GET', '/users/me'], { token }))
  const refused = async (authorization: string) => {
    const answer = await app.inject({ url: '/users/me', headers: { authorization, dpop } })
    t.equal(answer.statusCode, 401)
    t.match(answer.headers['www-authenticate'], /error="invalid_token"/)
    t.equal(answer.headers['dpop-nonce'], nonceOf(app))
  }
  for (let n = 0; n < 100; n++) await refused(`DPoP ${token.slice(0, -10)}${'x'.repeat(10)}`)
  clock.advance(601)
  await refused(`DPoP ${token}`)
  t.equal(proofs().length, 0)
})

t.test('a proof works again for the same request while it is fresh: nothing is written (RFC 9449 §11.1)', async t => {
  const world = await withBoundLogin(t)
  const { app, clock } = world
  const headers = headersWith(world, ['GET', '/users/me'])
  const spent = t.capture(app.db.spent, 'add', app.db.spent.add)
  for (const seconds of [0, 30, 1]) {
    clock.advance(seconds)
    t.equal((await app.inject({ url: '/users/me', headers })).statusCode, seconds === 1 ? 401 : 200)
  }
  t.equal(spent().length, 0)
})

t.test(
  'a nonce works for two to four minutes, so a proof made in advance does not work later (RFC 9449 §8)',
  async t => {
    const world = await withBoundLogin(t)
    const { app, clock } = world
    const nonce = nonceOf(app)
    const at = async (claims: object) => {
      const headers = headersWith(world, ['GET', '/users/me'], { ...claims })
      return (await app.inject({ url: '/users/me', headers })).statusCode
    }
    clock.advance(120)
    t.equal(await at({ nonce }), 200)
    clock.advance(120)
    t.equal(await at({ nonce }), 401)
    t.equal(await at({}), 200)
  }
)

t.test('introspection takes a bound token of its caller only with its proof (RFC 7662 §2.1, RFC 9449 §7)', async t => {
  const { app, signer, token } = await withBoundLogin(t)
  const ask = (headers: Record<string, string>) => postForm(app, '/introspect', { token }, headers)
  const described = await ask(provedHeaders(app, signer, ['POST', '/introspect'], token))
  t.match(described.json(), { active: true, token_type: 'DPoP', cnf: { jkt: signer.jkt } })
  for (const [headers, error] of [
    [{ authorization: `Bearer ${token}` }, 'invalid_token'],
    [{ authorization: `DPoP ${token}` }, 'invalid_dpop_proof'],
    [provedHeaders(app, signer, ['POST', '/token'], token), 'invalid_dpop_proof'],
    [
      {
        authorization: `DPoP ${token}`,
        dpop: signer.prove({ ...proofClaims(app, ['POST', '/introspect'], { token }), nonce: 'x' })
      },
      'use_dpop_nonce'
    ]
  ] as const) {
    const answer = await ask(headers)
    t.equal(answer.statusCode, 401)
    t.equal(answer.json().error, error)
    t.match(answer.headers['www-authenticate'], new RegExp(`^DPoP realm="sallyport", error="${error}", algs=`))
  }
})

const forwarded = {
  'x-forwarded-method': 'DELETE',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'shop.example.com',
  'x-forwarded-uri': '/orders/1?force=yes'
}

t.test('GET /verify checks the proof of the request that the proxy repeats (RFC 9449 §4.3)', async t => {
  const { app, signer, token } = await withBoundLogin(t)
  const claims = { ...proofClaims(app, ['DELETE', ''], { token }), htu: 'https://shop.example.com/orders/1' }
  const ask = (claims: object, extra: Record<string, string> = forwarded) =>
    app.inject({
      url: '/verify',
      headers: { authorization: `DPoP ${token}`, dpop: signer.prove({ ...claims }), ...extra }
    })
  const admitted = await ask(claims)
  t.equal(admitted.statusCode, 204, admitted.body)
  t.equal(admitted.headers['dpop-nonce'], nonceOf(app))
  for (const other of [
    proofClaims(app, ['GET', '/verify'], { token }),
    { ...claims, htm: 'GET' },
    { ...claims, htu: 'http://shop.example.com/orders/1' },
    { ...claims, htu: 'https://other.example.com/orders/1' },
    { ...claims, htu: 'https://shop.example.com/orders/2' },
    { ...claims, nonce: undefined }
  ]) {
    const refused = await ask(other)
    t.equal(refused.statusCode, 401)
    t.match(refused.headers['www-authenticate'], /^DPoP realm="sallyport", error="(invalid_dpop_proof|use_dpop_nonce)"/)
    t.equal(refused.headers['dpop-nonce'], nonceOf(app))
  }
  const asBearer = await app.inject({ url: '/verify', headers: { authorization: `Bearer ${token}`, ...forwarded } })
  t.equal(asBearer.statusCode, 401)
})

t.test('GET /verify says which headers a proxy has to send with a bound token', async t => {
  const { app, signer, token } = await withBoundLogin(t)
  const headers = provedHeaders(app, signer, ['GET', '/verify'], token)
  const ask = (extra: Record<string, string>) => app.inject({ url: '/verify', headers: { ...headers, ...extra } })
  const incomplete = Object.keys(forwarded).map(name =>
    Object.fromEntries(Object.entries(forwarded).filter(([other]) => other !== name))
  )
  for (const extra of [
    {},
    ...incomplete,
    { ...forwarded, 'x-forwarded-proto': 'ftp' },
    { ...forwarded, 'x-forwarded-proto': 'https://shop.example.com/orders/1?' },
    { ...forwarded, 'x-forwarded-host': 'a b' },
    { ...forwarded, 'x-forwarded-host': 'shop.example.com/orders/1?' },
    { ...forwarded, 'x-forwarded-host': 'user@shop.example.com' },
    { ...forwarded, 'x-forwarded-host': 'shop.example.com:port' },
    { ...forwarded, 'x-forwarded-uri': 'orders' }
  ]) {
    const answer = await ask(extra)
    t.equal(answer.statusCode, 400, JSON.stringify(extra))
    t.match(answer.json().detail, /the proxy must send X-Forwarded-Method, X-Forwarded-Proto, X-Forwarded-Host and X-/)
  }
  const { access_token } = await logIn(app)
  const bare = await app.inject({ url: '/verify', headers: { authorization: `Bearer ${access_token}` } })
  t.equal(bare.statusCode, 204, 'a Bearer token needs none')
  const invalid = await app.inject({ url: '/verify', headers: { ...headers, authorization: 'DPoP x' } })
  t.equal(invalid.statusCode, 401, 'the token is checked first')
})

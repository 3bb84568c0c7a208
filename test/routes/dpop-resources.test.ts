import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { Caller } from '../../src/auth/tokens/access-tokens.ts'
import type { Config } from '../../src/config/config.ts'
import type { UserRow } from '../../src/store/users.ts'
import { bearer, createApp, createUser, logIn, password, postForm } from '../support/app.ts'
import {
  algs,
  bothSchemes,
  createProofSigner,
  headersOfUse,
  nonceOf,
  postProved,
  proofClaims,
  provedHeaders,
  type WrongUse,
  wrongUses
} from '../support/dpop.ts'

const scopes =
  'me users:read users:write clients:read clients:write keys:read keys:write audit:read webhooks:write introspect'
const form = { grant_type: 'password', username: 'alice', password }
const me: [string, string] = ['GET', '/users/me']

/** A server with alice, and the tokens of a login of hers that is bound to the key of `signer`. */
async function withBoundLogin(t: Test, settings: Partial<Config> = {}) {
  const made = await createApp(t, settings)
  await createUser(made.app, 'alice', scopes.split(' '))
  return await logInBound(made)
}

/** A bound login of alice. */
async function logInBound({ app, clock, config }: Awaited<ReturnType<typeof createApp>>, scope = scopes) {
  const signer = createProofSigner()
  const issuer = config.issuer as string
  const dpop = signer.prove(proofClaims(app, ['POST', '/token'], { issuer }))
  const answer = await postForm(app, '/token', { ...form, scope }, { dpop })
  const { access_token: token, refresh_token } = answer.json()
  return { app, clock, config, signer, token: String(token), refreshToken: String(refresh_token) }
}

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

interface Place {
  method: Method
  url: string
  /** The URL of the proof, where it is another than that of the request, or written in another way. */
  htu?: string
  payload?: object | string
  headers?: Record<string, string>
}

const forwarded = {
  'x-forwarded-method': 'DELETE',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'shop.example.com',
  'x-forwarded-uri': '/orders/1?force=yes'
}
const asForm = { payload: 'token=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
const asHttp = { 'x-forwarded-proto': 'http', 'x-forwarded-host': 'shop.example.com:8080' }

/** A right request to each kind of path, its status, and what it has besides. */
const kinds: [method: Method, url: string, status: number, more?: Partial<Place>][] = [
  ['GET', '/users/me', 200],
  ['HEAD', '/users/me', 200],
  ['GET', '/users?limit=1', 200, { htu: '/users' }],
  ['GET', '/users?limit=1', 200, { htu: '/%75sers' }],
  ['GET', '/users/%6de', 200, { htu: '/users/me' }],
  ['GET', '/users/me/factors', 200],
  ['POST', '/users/me/factors', 201, { payload: { type: 'totp', current_password: password } }],
  ['POST', '/users', 201, { payload: { username: 'bob', password } }],
  ['GET', `/users/${randomUUID()}`, 404],
  ['POST', '/introspect', 200, asForm],
  ['GET', '/verify', 204, { headers: forwarded, htu: 'https://shop.example.com/orders/1' }],
  ['GET', '/verify', 204, { headers: { ...forwarded, ...asHttp }, htu: 'http://shop.example.com:8080/orders/1' }]
]

/** Every operation that takes an access token, with ids that do not exist. */
function operations(app: FastifyInstance): Place[] {
  const { paths = {} } = app.swagger() as { paths?: Record<string, Record<string, { security?: object[] }>> }
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { security = [] }]) => security.some(one => 'password' in one))
      .map(([method]) => {
        const id = path.startsWith('/clients') ? `c_${randomUUID()}` : randomUUID()
        const url = path.replace('{id}', id).replace(/\{\w+\}$/, randomUUID())
        const more = url === '/introspect' ? asForm : { headers: forwarded }
        return { method: method.toUpperCase() as Method, url, ...more }
      })
  )
}

t.test('Every protected path takes a bound token with a proof of its key only (RFC 9449 §4.3, §7)', async t => {
  const world = await withBoundLogin(t, { docs: 'on' })
  const { app, token } = world
  const { access_token: unbound } = await logIn(app, { scope: scopes })
  const ask = ({ method, url, htu = url, payload, headers }: Place, use?: WrongUse) => {
    const own = proofClaims(app, [method === 'GET' && /^http/.test(htu) ? 'DELETE' : method, htu], { token })
    const claims = /^http/.test(htu) ? { ...own, htu } : own
    const proved = headersOfUse({ ...world, unbound, claims }, use)
    return app.inject({ method, url, headers: { ...headers, ...proved }, ...(payload && { payload }) })
  }
  const faults: unknown[] = []
  /** What is wrong with the refusal of `use`, if anything is. */
  async function checkRefusal(place: Place, use: WrongUse) {
    const { statusCode, headers, body } = await ask(place, use)
    const challenge = String(headers['www-authenticate'])
    const [, description] = /error_description="([^"]*)"/.exec(challenge) ?? []
    const isRight =
      statusCode === 401 &&
      challenge.startsWith(`DPoP realm="sallyport", error="${use.error}"`) &&
      challenge.endsWith(`, ${algs}`) &&
      headers['dpop-nonce'] === nonceOf(app) &&
      (place.url === '/introspect' || use.description.test(String(description)))
    if (!isRight) faults.push([place.method, place.url, use.name, statusCode, challenge, headers['dpop-nonce'], body])
  }

  const nonces = [undefined, '1.x'].map(nonce => ({
    name: `the nonce ${nonce}`,
    claims: () => ({ nonce }),
    error: 'use_dpop_nonce' as const,
    description: /nonce of the header DPoP-Nonce/
  }))
  for (const [method, url, status, more] of kinds) {
    const place = { method, url, ...more }
    for (const use of [...wrongUses, ...nonces]) await checkRefusal(place, use)
    const { statusCode, headers, body } = await ask(place)
    if (statusCode !== status || headers['dpop-nonce'] !== nonceOf(app)) faults.push([place, statusCode, body])
  }
  const all = operations(app)
  t.ok(all.length > 40)
  const most = wrongUses.filter(({ name }) => ['as Bearer', 'no proof', 'another key'].includes(name))
  for (const place of all) for (const use of most) await checkRefusal(place, use)
  t.strictSame(faults, [])
  t.notOk((await app.audit.page({ limit: 100 })).items.some(({ action }) => /failed/.test(action)))
})

t.test('A request without a token learns the schemes (RFC 9449 §7.2)', async t => {
  for (const [dpop, challenge, scheme] of [
    ['optional', bothSchemes, 'Bearer'],
    ['required', `DPoP realm="sallyport", ${algs}`, 'DPoP'],
    ['off', 'Bearer realm="sallyport"', 'Bearer']
  ] as const) {
    const { app } = await createApp(t, { dpop })
    for (const url of ['/users/me', '/users/me/factors', '/verify']) {
      const answer = await app.inject(url)
      const detail = `Send an access token: Authorization: ${scheme} <token>.`
      t.match(answer, { statusCode: 401, headers: { 'www-authenticate': challenge } })
      t.equal(answer.json().detail, detail)
    }
  }
})

t.test('DPOP=off knows no scheme DPoP, refuses bound tokens and ends their logins (RFC 9449 §5, §7.2)', async t => {
  const on = await withBoundLogin(t)
  const { app } = await createApp(t, { dpop: 'off', databaseUrl: on.config.databaseUrl })
  const ask = (headers: Record<string, string>) => app.inject({ url: '/users/me', headers })
  const bound = await ask(bearer(on.token))
  t.equal(bound.statusCode, 401)
  t.match(bound.headers['www-authenticate'], /^Bearer realm="sallyport", error="invalid_token"/)
  const { access_token } = await logIn(app)
  const proved = provedHeaders(on.app, on.signer, me, access_token)
  const ofBound = provedHeaders(on.app, on.signer, me, on.token)
  for (const headers of [proved, ofBound, { authorization: 'DPoP' }]) {
    const unknown = await ask(headers)
    t.equal(unknown.statusCode, 401)
    t.equal(unknown.headers['www-authenticate'], 'Bearer realm="sallyport"')
    t.equal(unknown.headers['dpop-nonce'], undefined)
  }
  t.equal((await ask({ ...proved, ...bearer(access_token) })).statusCode, 200, 'a proof beside Bearer is ignored')

  const refresh = { grant_type: 'refresh_token', refresh_token: on.refreshToken }
  const dpop = on.signer.prove(proofClaims(on.app, ['POST', '/token']))
  for (const headers of [{}, { dpop }])
    t.match((await postForm(app, '/token', refresh, headers)).json(), { error: 'invalid_grant' })
  t.notOk((await app.audit.page({ limit: 100 })).items.some(({ action }) => action === 'token.key_refused'))
  const metadata = (await app.inject('/.well-known/oauth-authorization-server')).json()
  t.equal(metadata.dpop_signing_alg_values_supported, undefined)
})

t.test('DPOP=required refuses the tokens of before (RFC 9449 §5.2)', async t => {
  const before = await withBoundLogin(t)
  const { access_token } = await logIn(before.app)
  const owner = (await before.app.accessTokens.authenticate(access_token)) as Caller & { user: UserRow }
  const script = await before.app.personalTokens.create(owner, { name: 'script' }, {})
  const { app } = await createApp(t, { dpop: 'required', databaseUrl: before.config.databaseUrl })
  const unbound = await app.inject({ url: '/users/me', headers: bearer(access_token) })
  t.equal(unbound.statusCode, 401)
  t.equal(
    unbound.headers['www-authenticate'],
    `DPoP realm="sallyport", error="invalid_token", error_description="The access token must be bound to a key.", ${algs}`
  )
  const headers = provedHeaders(app, before.signer, me, before.token)
  t.equal((await app.inject({ url: '/users/me', headers })).statusCode, 200)
  for (const [scheme, status] of [
    ['Bearer', 204],
    ['DPoP', 401]
  ] as const) {
    const answer = await app.inject({ url: '/verify', headers: { authorization: `${scheme} ${script.token}` } })
    t.equal(answer.statusCode, status, 'a personal access token is never bound')
  }
})

t.test('Behind a prefix, a proof is for the public URL, whatever the Host is (RFC 9449 §4.3)', async t => {
  const issuer = 'https://example.com/auth'
  const { app, signer, token } = await withBoundLogin(t, { issuer })
  const statuses = async (host: string, ...urls: string[]) => {
    const ask = (htu: string) => {
      const dpop = signer.prove({ ...proofClaims(app, me, { token }), htu })
      return app.inject({ url: '/users/me', headers: { host, authorization: `DPoP ${token}`, dpop } })
    }
    return (await Promise.all(urls.map(ask))).map(({ statusCode }) => statusCode)
  }
  const right = [`${issuer}/users/me`, 'HTTPS://EXAMPLE.com:443/auth/users/me']
  t.strictSame(await statuses('internal:3000', ...right), [200, 200])
  const wrong = ['https://evil.example/users/me', 'https://example.com/users/me']
  t.strictSame(await statuses('evil.example', ...wrong), [401, 401])
})

t.test('Of bound logins on one server', async t => {
  const shared = await withBoundLogin(t)

  t.test('An error of another rule names the scheme of the request too (RFC 9449 §7.1)', async t => {
    const { app, clock, signer, token, refreshToken } = await logInBound(shared, 'me users:write')
    for (const authorization of ['DPoP', 'DPoP a b']) {
      const answer = await app.inject({ url: '/users/me', headers: { authorization } })
      t.equal(answer.statusCode, 400)
      t.match(answer.headers['www-authenticate'], /^DPoP realm="sallyport", error="invalid_request"/)
    }
    const inUrl = `/users/me?access_token=${token}`
    t.equal((await app.inject({ url: inUrl, headers: provedHeaders(app, signer, me, token) })).statusCode, 400)
    const lacking = await app.inject({ url: '/keys', headers: provedHeaders(app, signer, ['GET', '/keys'], token) })
    t.equal(lacking.statusCode, 403)
    t.match(
      lacking.headers['www-authenticate'],
      /^DPoP realm="sallyport", error="insufficient_scope".*, scope="keys:\w+", algs="/
    )
    clock.advance(599)
    const refresh = { grant_type: 'refresh_token', refresh_token: refreshToken }
    const { access_token } = (await postProved(app, signer, '/token', refresh)).json()
    clock.advance(2)
    const headers = provedHeaders(app, signer, ['POST', '/users'], access_token)
    const old = await app.inject({ method: 'POST', url: '/users', headers, payload: { username: 'carol', password } })
    t.equal(old.statusCode, 401, old.body)
    t.match(old.headers['www-authenticate'], /^DPoP .*error="insufficient_user_authentication".*max_age="600", algs="/)
  })

  t.test('Without a valid token, no signature of a proof is checked (RFC 9449 §11.1)', async t => {
    const { app, clock, signer, token } = await logInBound(shared)
    const proofs = t.capture(app.dpop, 'findBindingFault', app.dpop.findBindingFault)
    const dpop = signer.prove(proofClaims(app, me, { token }))
    for (const text of [`${token.slice(0, -10)}${'x'.repeat(10)}`, token]) {
      if (text === token) clock.advance(601)
      const { statusCode, headers } = await app.inject({
        url: '/users/me',
        headers: { authorization: `DPoP ${text}`, dpop }
      })
      t.equal(statusCode, 401)
      t.match(headers['www-authenticate'], /error="invalid_token"/)
      t.equal(headers['dpop-nonce'], nonceOf(app))
    }
    t.equal(proofs().length, 0)
  })

  t.test('A proof works again for the same request while it is fresh: nothing is written (RFC 9449 §11.1)', async t => {
    const { app, clock, signer, token } = await logInBound(shared)
    const headers = provedHeaders(app, signer, me, token)
    const spent = t.capture(app.db.spent, 'add', app.db.spent.add)
    for (const seconds of [0, 30, 1]) {
      clock.advance(seconds)
      t.equal((await app.inject({ url: '/users/me', headers })).statusCode, seconds === 1 ? 401 : 200)
    }
    t.equal(spent().length, 0)
  })

  t.test('GET /verify says which headers a proxy has to send with a bound token', async t => {
    const { app, signer, token } = await logInBound(shared)
    const headers = provedHeaders(app, signer, ['GET', '/verify'], token)
    const ask = (extra: Record<string, string>) => app.inject({ url: '/verify', headers: { ...headers, ...extra } })
    const incomplete = Object.keys(forwarded).map(name =>
      Object.fromEntries(Object.entries(forwarded).filter(([other]) => other !== name))
    )
    const wrong = [
      ...incomplete,
      { ...forwarded, 'x-forwarded-proto': 'ftp' },
      { ...forwarded, 'x-forwarded-proto': 'https://shop.example.com/orders/1?' },
      { ...forwarded, 'x-forwarded-host': 'a b' },
      { ...forwarded, 'x-forwarded-host': 'shop.example.com/orders/1?' },
      { ...forwarded, 'x-forwarded-host': 'user@shop.example.com' },
      { ...forwarded, 'x-forwarded-host': 'shop.example.com:port' },
      { ...forwarded, 'x-forwarded-uri': 'orders' }
    ]
    for (const extra of wrong) {
      const answer = await ask(extra)
      t.equal(answer.statusCode, 400, JSON.stringify(extra))
      t.match(
        answer.json().detail,
        /the proxy must send X-Forwarded-Method, X-Forwarded-Proto, X-Forwarded-Host and X-/
      )
    }
    const { access_token } = await logIn(app)
    const bare = await app.inject({ url: '/verify', headers: bearer(access_token) })
    t.equal(bare.statusCode, 204, 'a Bearer token needs none')
    t.equal((await ask({ authorization: 'DPoP x' })).statusCode, 401, 'the token is checked first')
  })
})

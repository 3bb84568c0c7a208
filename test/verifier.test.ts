import Fastify, { type FastifyError, type FastifyInstance, type InjectOptions } from 'fastify'
import { decodeJwt, decodeProtectedHeader, importPKCS8, SignJWT } from 'jose'
import t from 'tap'
import { build } from '../src/app.ts'
import { signingAlgs } from '../src/auth/keys/jwk.ts'
import verifier, { BearerError, type VerifierOptions } from '../src/verifier.ts'
import { bearer, logIn, postForm } from './support/app.ts'
import { databaseUrl } from './support/engines.ts'
import { forge, signAs } from './support/forgeries.ts'
import { createApi, introspect, modes, startIssuer } from './support/resource-server.ts'

type Issuer = Awaited<ReturnType<typeof startIssuer>>

/** The answer of an API to a request that its verifier refuses; `error` of the challenge is none without a token. */
const refusal = (status: number, title: string, code: string, message: string, error?: string) => ({
  status,
  challenge: `Bearer realm="sallyport"${error ? `, error="${error}", error_description="${message}"` : ''}`,
  body: { statusCode: status, code, error: title, message }
})
const invalidToken = refusal(
  ...([401, 'Unauthorized', 'invalid_token'] as const),
  ...(['The access token is invalid, expired or revoked.', 'invalid_token'] as const)
)
const malformed = refusal(
  ...([400, 'Bad Request', 'invalid_request'] as const),
  'The Authorization header is malformed. Send: Authorization: Bearer <token>.',
  'invalid_request'
)
const missing = refusal(401, 'Unauthorized', 'missing_token', 'Send an access token: Authorization: Bearer <token>.')
const unavailable = {
  ...refusal(
    ...([503, 'Service Unavailable', 'temporarily_unavailable'] as const),
    'Access tokens cannot be verified now. Try again in a moment.'
  ),
  challenge: undefined
}

const keptOn = 'cannot fetch the keys of the issuer; using the known keys'

const jwksOf = ({ url }: Issuer) => `${url}/.well-known/jwks.json`

const kidOf = (token: string) => String(decodeProtectedHeader(token).kid)

/** The log lines of the API with these words. */
const linesOf = ({ log }: Awaited<ReturnType<typeof createApi>>, words: string) =>
  log.map(line => JSON.parse(line)).filter(({ msg }) => msg === words)

/** Status, challenge and body of the API's answer to a request with this token. */
async function ask({ app }: Awaited<ReturnType<typeof createApi>>, url: string, token: string) {
  return answerOf(await app.inject({ url, headers: bearer(token) }))
}

const answerOf = ({ statusCode, headers, ...answer }: Awaited<ReturnType<FastifyInstance['inject']>>) => ({
  status: statusCode,
  challenge: headers['www-authenticate'],
  body: answer.json()
})

for (const [mode, option] of modes) {
  t.test(`${mode}: a token of Sallyport passes, and the handler receives its content (RFC 9068 §4)`, async t => {
    const issuer = await startIssuer(t)
    const api = await createApi(t, { ...issuer.options, ...(await option(issuer)) })
    const { access_token } = issuer.tokens
    const { sid, ...claims } = decodeJwt(access_token)
    for (const url of ['/any', '/orders']) {
      const { status, body } = await ask(api, url, access_token)
      t.equal(status, 200)
      const { claims: seen, ...rest } = body
      t.strictSame(rest, {
        sub: issuer.alice.id,
        username: 'alice',
        clientId: 'first-party',
        scopes: ['me', 'orders:read'],
        roles: [],
        sessionId: sid,
        acr: 'aal1',
        amr: ['pwd'],
        authTime: '2026-01-31T12:00:00.000Z',
        issuedAt: '2026-01-31T12:00:00.000Z',
        expiresAt: '2026-01-31T12:10:00.000Z'
      })
      t.match(seen, { ...claims, sid, ...(mode === 'Offline' ? {} : { active: true, username: 'alice' }) })
    }
    t.strictSame((await ask(api, '/open', access_token)).body, { accessToken: null }, 'no hook, no token')
  })

  t.test(`${mode}: a token is accepted only in a well-formed header (RFC 6750 §2, §3.1)`, async t => {
    const issuer = await startIssuer(t)
    const { app } = await createApi(t, { ...issuer.options, ...(await option(issuer)) })
    const token = issuer.tokens.access_token
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const ofHeader = (authorization: string) => ({ headers: { authorization } })
    const scenarios: [name: string, request: InjectOptions, expected: object][] = [
      ['no header', {}, missing],
      ['an empty header', ofHeader(''), missing],
      ['another scheme', ofHeader(`Basic ${token}`), missing],
      ['the token alone', ofHeader(token), missing],
      ['a token in the URL', { query: { access_token: token } }, missing],
      ['a token in the body', { method: 'POST', headers: form, payload: `access_token=${token}` }, missing],
      ['no token', ofHeader('Bearer'), malformed],
      ['two tokens', ofHeader(`Bearer ${token} ${token}`), malformed],
      ['a blank after it', ofHeader(`Bearer ${token} `), malformed],
      ['a tab', ofHeader(`Bearer\t${token}`), malformed],
      ['quotes', ofHeader(`Bearer "${token}"`), malformed],
      ['no JWT', ofHeader('Bearer abc'), invalidToken],
      ['an empty JWT', ofHeader('Bearer ..'), invalidToken]
    ]
    for (const [name, request, expected] of scenarios)
      t.strictSame(answerOf(await app.inject({ url: '/orders', ...request })), expected, name)
    for (const authorization of [`bearer ${token}`, `BEARER ${token}`, `Bearer  ${token}`])
      t.equal((await app.inject({ url: '/orders', headers: { authorization } })).statusCode, 200, authorization)
  })

  t.test(`${mode}: a token without a required scope is refused, naming the scope (RFC 6750 §3.1)`, async t => {
    const issuer = await startIssuer(t)
    const api = await createApi(t, { ...issuer.options, ...(await option(issuer)) })
    const { access_token } = await logIn(issuer.app, { scope: 'me' })
    const message = 'The access token lacks a required scope: orders:read.'
    const lacking = refusal(403, 'Forbidden', 'insufficient_scope', message, 'insufficient_scope')
    const challenge = `${lacking.challenge}, scope="orders:read"`
    t.strictSame(await ask(api, '/orders', access_token), { ...lacking, challenge })
    t.equal((await ask(api, '/any', access_token)).status, 200)
    const write = await api.app.inject({
      method: 'POST',
      url: '/orders',
      headers: bearer(issuer.tokens.access_token)
    })
    t.equal(write.statusCode, 403, 'both of two required scopes')
    t.match(write.headers['www-authenticate'], 'scope="orders:read orders:write"')
  })

  t.test(`${mode}: a token of another issuer or for another API is refused (RFC 9068 §4)`, async t => {
    const issuer = await startIssuer(t, { audience: 'the API' })
    const stranger = await startIssuer(t, { audience: 'the API' })
    const extra = await option(issuer)
    const api = await createApi(t, { ...issuer.options, ...extra })
    const other = await createApi(t, { ...issuer.options, audience: 'another API', ...extra })
    t.equal((await ask(api, '/any', issuer.tokens.access_token)).status, 200)
    t.strictSame(await ask(other, '/any', issuer.tokens.access_token), invalidToken)
    t.strictSame(await ask(api, '/any', stranger.tokens.access_token), invalidToken)
    t.strictSame(
      await ask(api, '/any', issuer.tokens.refresh_token),
      invalidToken,
      'a refresh token is not an access token'
    )
  })

  t.test(`${mode}: an unreachable issuer is a 503, never a 401, and is asked again (RFC 9110 §15.6.4)`, async t => {
    const issuer = await startIssuer(t, { databaseUrl: await databaseUrl(t, 'sqlite') })
    const options = { ...issuer.options, ...(await option(issuer)) }
    await issuer.app.close()
    // An API may start before its issuer.
    const api = await createApi(t, options)
    const { access_token } = issuer.tokens
    for (const url of ['/any', '/orders']) t.strictSame(await ask(api, url, access_token), unavailable)
    t.strictSame(await ask(api, '/any', 'no JWT'), malformed, 'a refusal that needs no issuer is still sent')
    const answer = await api.app.inject({ url: '/any', headers: bearer(access_token) })
    t.equal(answer.headers['retry-after'], '1')
    t.match(linesOf(api, 'cannot verify access tokens'), [{ level: 50, err: { message: /ECONNREFUSED/ } }])

    const again = await build({ config: issuer.config, now: issuer.clock.now })
    t.teardown(() => again.close())
    await again.listen({ host: '127.0.0.1', port: Number(new URL(issuer.url).port) })
    issuer.clock.advance(1)
    t.equal((await ask(api, '/orders', access_token)).status, 200)
  })
}

t.test('Offline: a failing issuer is asked at most once a second, and the log has one line for it', async t => {
  const issuer = await startIssuer(t)
  const api = await createApi(t, issuer.options)
  const fetches = t.capture(globalThis, 'fetch', async () => new Response('', { status: 503 }))
  for (let attempt = 1; attempt <= 2; attempt++) {
    for (let request = 0; request < 10; request++)
      t.strictSame(await ask(api, '/any', issuer.tokens.access_token), unavailable)
    t.equal(fetches().length, 1)
    t.equal(linesOf(api, 'cannot verify access tokens').length, attempt)
    const { headers } = await api.app.inject({ url: '/any', headers: bearer(issuer.tokens.access_token) })
    t.equal(headers['retry-after'], String(attempt), 'Retry-After covers the pause')
    issuer.clock.advance(1)
  }
})

t.test('Offline: many concurrent requests at the start cause one look-up of the issuer', async t => {
  const issuer = await startIssuer(t)
  const api = await createApi(t, issuer.options)
  const fetches = t.capture(globalThis, 'fetch', fetch)
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(api, '/orders', issuer.tokens.access_token)))
  t.ok(answers.every(({ status }) => status === 200))
  t.strictSame(
    fetches().map(({ args: [url] }) => String(url)),
    [`${issuer.url}/.well-known/oauth-authorization-server`, jwksOf(issuer)]
  )
})

t.test('Offline: tokens that RFC 9068 §4 and RFC 8725 rule out are refused, all in the same words', async t => {
  const issuer = await startIssuer(t)
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(verifier, issuer.options)
  app.get('/any', { onRequest: app.requireScope() }, async () => 'x')
  let thrown: unknown
  app.setErrorHandler(error => {
    thrown = error
    throw error
  })
  const valid = decodeJwt(issuer.tokens.access_token)
  for (const { name, why, token } of await forge(issuer.app, valid, issuer.clock.now())) {
    const answer = await app.inject({ url: '/any', headers: bearer(token) })
    t.strictSame(answerOf(answer), invalidToken, name)
    t.type(thrown, BearerError)
    t.match(((thrown as BearerError).cause as Error).message, why, `${name}: the cause is available to the log`)
  }

  const [header, payload, signature = ''] = issuer.tokens.access_token.split('.')
  for (let at = 0; at < signature.length; at += 17) {
    // Not B: only the first two bits of the last character count.
    const other = signature[at] === 'A' ? 'Q' : 'A'
    const token = `${header}.${payload}.${signature.slice(0, at)}${other}${signature.slice(at + 1)}`
    t.equal((await app.inject({ url: '/any', headers: bearer(token) })).statusCode, 401, `signature changed at ${at}`)
  }
})

t.test('Offline: optional claims are checked, with a leeway (RFC 9068 §4, RFC 7519 §4.1.4)', async t => {
  const issuer = await startIssuer(t)
  const [api, strict] = [await createApi(t, issuer.options), await createApi(t, { ...issuer.options, leeway: 0 })]
  const now = issuer.clock.now().getTime() / 1000
  const valid = decodeJwt(issuer.tokens.access_token)
  const scenarios: [name: string, claims: object, status: number, withoutLeeway: number, typ?: string][] = [
    ['one audience of several', { aud: ['a', issuer.url] }, 200, 200],
    ['no scope, no session', { scope: undefined, sid: undefined }, 200, 200],
    ['the media type in full', {}, 200, 200, 'application/at+jwt'],
    ['the media type in capitals', {}, 200, 200, 'AT+JWT'],
    ['expired just now', { exp: now }, 200, 401],
    ['expired nearly ten seconds ago', { exp: now - 9 }, 200, 401],
    ['expired ten seconds ago', { exp: now - 10 }, 401, 401],
    ['valid in ten seconds', { nbf: now + 10 }, 200, 401],
    ['valid in eleven seconds', { nbf: now + 11 }, 401, 401],
    ['issued in ten seconds', { iat: now + 10 }, 200, 401],
    ['issued in eleven seconds', { iat: now + 11 }, 401, 401],
    ['an empty sub', { sub: '' }, 401, 401],
    ['a scope that is not text', { scope: ['me'] }, 401, 401],
    ['a sid that is not text', { sid: {} }, 401, 401],
    ['no username', { preferred_username: undefined }, 200, 200],
    ['an empty username', { preferred_username: '' }, 401, 401]
  ]
  for (const [name, claims, status, withoutLeeway, typ = 'at+jwt'] of scenarios) {
    const token = signAs(issuer.app, { ...valid, ...claims }, { typ })
    t.equal((await ask(api, '/any', token)).status, status, name)
    t.equal((await ask(strict, '/any', token)).status, withoutLeeway, `${name}, without leeway`)
  }
})

t.test('Offline: keys are rotated and retired without a restart (RFC 7517, RFC 9700 §4.10)', async t => {
  const issuer = await startIssuer(t, { keyRotation: 0, accessTokenTtl: 600 })
  const api = await createApi(t, issuer.options)
  const before = issuer.tokens.access_token
  const newToken = async () => (await logIn(issuer.app)).access_token
  t.equal((await ask(api, '/orders', before)).status, 200)

  await issuer.app.keys.rotate()
  issuer.clock.advance(319)
  t.equal(kidOf(await newToken()), kidOf(before), 'the new key is published and does not sign yet')
  issuer.clock.advance(1)
  const after = await newToken()
  t.not(kidOf(after), kidOf(before))
  t.equal((await ask(api, '/orders', after)).status, 200, 'a token of the new key')
  t.equal((await ask(api, '/orders', before)).status, 200, 'a token of the old key')

  // A leak: the new key signs at once, and the previous one is no longer valid.
  issuer.clock.advance(31)
  await issuer.app.keys.rotate({ immediately: true })
  await issuer.app.keys.retire(kidOf(after))
  t.equal((await ask(api, '/orders', await newToken())).status, 200, 'an unknown kid makes it fetch the keys again')
  t.strictSame(await ask(api, '/orders', after), invalidToken, 'which removes the retired key')
})

t.test('Offline: unknown kids cause one request to the issuer in 30 seconds (RFC 8725 §3.10)', async t => {
  const issuer = await startIssuer(t)
  const api = await createApi(t, issuer.options)
  const claims = decodeJwt(issuer.tokens.access_token)
  t.equal((await ask(api, '/any', issuer.tokens.access_token)).status, 200)
  const fetches = t.capture(globalThis, 'fetch', fetch)
  const guess = async (kid: string) => ask(api, '/any', signAs(issuer.app, claims, { kid }))
  for (const kid of ['a', 'b', 'c']) t.strictSame(await guess(kid), invalidToken)
  t.equal(fetches().length, 0, 'the keys were just fetched')
  issuer.clock.advance(30)
  for (const kid of ['a', 'b', 'c']) t.strictSame(await guess(kid), invalidToken)
  t.equal(fetches().length, 1)
})

t.test('Offline: with a failing issuer, unknown kids cause no extra requests, and are a 503', async t => {
  const issuer = await startIssuer(t)
  const api = await createApi(t, issuer.options)
  const { access_token } = issuer.tokens
  const claims = decodeJwt(access_token)
  t.equal((await ask(api, '/any', access_token)).status, 200)
  const fetches = t.capture(globalThis, 'fetch', async () => new Response('', { status: 503 }))
  issuer.clock.advance(31)
  const guess = async (count: number) => {
    for (let at = 0; at < count; at++)
      t.strictSame(await ask(api, '/any', signAs(issuer.app, claims, { kid: `guess ${at}` })), unavailable)
    return fetches().length
  }
  t.equal(await guess(20), 1)
  issuer.clock.advance(1)
  t.equal(await guess(20), 1)
  issuer.clock.advance(1)
  t.equal(await guess(20), 0, 'the pauses grow')
  t.equal((await ask(api, '/any', access_token)).status, 200)
  const failure = { err: { message: `${jwksOf(issuer)} responded with status 503.` } }
  t.match(linesOf(api, keptOn), [{ level: 40, ...failure }, { level: 40 }])
  t.match(linesOf(api, 'cannot verify access tokens'), [{ level: 50, ...failure }, { level: 50 }])
})

t.test('Offline: a token of a key that was rotated during an outage is a 503 until its key is available', async t => {
  const issuer = await startIssuer(t)
  const api = await createApi(t, issuer.options)
  const { access_token } = issuer.tokens
  t.equal((await ask(api, '/any', access_token)).status, 200)
  await issuer.app.keys.rotate({ immediately: true })
  const rotated = (await logIn(issuer.app)).access_token
  t.not(kidOf(rotated), kidOf(access_token))
  issuer.clock.advance(31)
  await t.test('During the outage, the token is a 503', async t => {
    t.capture(globalThis, 'fetch', async () => new Response('', { status: 503 }))
    t.strictSame(await ask(api, '/any', rotated), unavailable)
    t.strictSame(await ask(api, '/any', rotated), unavailable, 'also during the pause')
  })
  issuer.clock.advance(1)
  t.equal((await ask(api, '/any', rotated)).status, 200)
  const unknown = signAs(issuer.app, decodeJwt(rotated), { kid: 'unknown' })
  t.strictSame(await ask(api, '/any', unknown), invalidToken, 'an unknown key is a 401 again')
})

t.test('Offline: after an outage, a retired key is rejected once the issuer has recovered', async t => {
  const issuer = await startIssuer(t)
  const api = await createApi(t, issuer.options)
  const { access_token } = issuer.tokens
  t.equal((await ask(api, '/any', access_token)).status, 200)
  issuer.clock.advance(200)
  await t.test('During the outage, an unknown key is a 503', async t => {
    t.capture(globalThis, 'fetch', async () => new Response('', { status: 503 }))
    const unknown = signAs(issuer.app, decodeJwt(access_token), { kid: 'unknown' })
    t.strictSame(await ask(api, '/any', unknown), unavailable)
  })
  await issuer.app.keys.rotate({ immediately: true })
  await issuer.app.keys.retire(kidOf(access_token))
  issuer.clock.advance(100)
  t.strictSame(await ask(api, '/any', access_token), invalidToken)
})

t.test('Offline: keys outlive the issuer by one hour, or by the setting, and no longer (RFC 9700 §4.10)', async t => {
  const issuer = await startIssuer(t, { accessTokenTtl: 86_400 })
  const apis = [
    { api: await createApi(t, issuer.options), lastsFor: 3900 },
    { api: await createApi(t, { ...issuer.options, staleKeys: 60 }), lastsFor: 360 },
    { api: await createApi(t, { ...issuer.options, staleKeys: 0 }), lastsFor: 300 }
  ]
  const { access_token } = issuer.tokens
  const unknown = signAs(issuer.app, decodeJwt(access_token), { kid: 'unknown' })
  for (const { api } of apis) t.equal((await ask(api, '/any', access_token)).status, 200)
  await issuer.app.close()
  let age = 0
  for (const { api, lastsFor } of apis.toReversed()) {
    issuer.clock.advance(lastsFor - 1 - age)
    t.equal((await ask(api, '/any', access_token)).status, 200, `${lastsFor - 1} s`)
    t.strictSame(await ask(api, '/any', unknown), unavailable)
    issuer.clock.advance(1)
    t.strictSame(await ask(api, '/any', access_token), unavailable, `${lastsFor} s`)
    age = lastsFor
  }
})

t.test('Offline: an unreachable issuer is retried in the background, and found when it is back', async t => {
  const issuer = await startIssuer(t, { databaseUrl: await databaseUrl(t, 'sqlite'), accessTokenTtl: 86_400 })
  const api = await createApi(t, issuer.options)
  const { access_token } = issuer.tokens
  t.equal((await ask(api, '/any', access_token)).status, 200)
  await issuer.app.close()
  issuer.clock.advance(300)
  const fetches = t.capture(globalThis, 'fetch', fetch)
  for (let request = 0; request < 10; request++) t.equal((await ask(api, '/any', access_token)).status, 200)
  t.equal(fetches().length, 1)
  t.match(linesOf(api, keptOn), [{ level: 40, err: { message: /fetch failed/ } }])

  const again = await build({ config: issuer.config, now: issuer.clock.now })
  t.teardown(() => again.close())
  await again.listen({ host: '127.0.0.1', port: Number(new URL(issuer.url).port) })
  issuer.clock.advance(1)
  for (let request = 0; request < 10; request++) t.equal((await ask(api, '/any', access_token)).status, 200)
  const unknown = signAs(again, decodeJwt(access_token), { kid: 'unknown' })
  t.strictSame(await ask(api, '/any', unknown), invalidToken, 'an unknown kid waits for the attempt')
  t.equal(fetches().length, 1)
  issuer.clock.advance(299)
  for (let request = 0; request < 10; request++) t.equal((await ask(api, '/any', access_token)).status, 200)
  t.equal(fetches().length, 0, 'fetched keys are used for five minutes')
})

t.test('Offline: with known keys, a request waits for a silent issuer once, for one second', async t => {
  const issuer = await startIssuer(t, { accessTokenTtl: 86_400 })
  const api = await createApi(t, issuer.options)
  const { access_token } = issuer.tokens
  t.equal((await ask(api, '/any', access_token)).status, 200)
  let giveUp = () => {}
  const fetches = t.capture(globalThis, 'fetch', async () => {
    await new Promise<void>((_, reject) => {
      giveUp = () => reject(new Error('too late'))
    })
    return new Response()
  })
  issuer.clock.advance(300)
  const twenty = async () => {
    const began = performance.now()
    for (let request = 0; request < 20; request++) t.equal((await ask(api, '/any', access_token)).status, 200)
    return performance.now() - began
  }
  t.ok((await twenty()) < 4000)
  giveUp()
  await ask(api, '/any', access_token)
  t.equal(fetches().length, 1)
  issuer.clock.advance(1)
  t.ok((await twenty()) < 1000, 'no wait at the second attempt')
  t.equal(fetches().length, 1)
  giveUp()
})

t.test('Offline: a retired key is valid for at most five minutes if the issuer answers (RFC 9700 §4.10)', async t => {
  const issuer = await startIssuer(t, { accessTokenTtl: 86_400 })
  const api = await createApi(t, issuer.options)
  const { access_token } = issuer.tokens
  const { fetch } = globalThis
  // Metadata and keys take two seconds each, and the age of the keys counts from before the keys were requested.
  t.capture(globalThis, 'fetch', async (...request: Parameters<typeof fetch>) => {
    const answer = await fetch(...request)
    issuer.clock.advance(2)
    return answer
  })
  t.equal((await ask(api, '/any', access_token)).status, 200)
  await issuer.app.keys.rotate({ immediately: true })
  await issuer.app.keys.retire(kidOf(access_token))
  issuer.clock.advance(296)
  const answers = await Promise.all(Array.from({ length: 10 }, () => ask(api, '/any', access_token)))
  t.strictSame(answers, Array(10).fill(invalidToken))
})

t.test('Introspection refuses a token of an ended session at once, offline after exp (RFC 7009 §2.1)', async t => {
  const issuer = await startIssuer(t)
  const offline = await createApi(t, issuer.options)
  const online = await createApi(t, { ...issuer.options, ...(await introspect(issuer)) })
  const { access_token, refresh_token } = issuer.tokens
  for (const api of [offline, online]) t.equal((await ask(api, '/orders', access_token)).status, 200)

  t.equal((await postForm(issuer.app, '/revoke', { token: refresh_token })).statusCode, 200)
  t.strictSame(await ask(online, '/orders', access_token), invalidToken)
  t.equal((await ask(offline, '/orders', access_token)).status, 200)
  issuer.clock.advance(609)
  t.equal((await ask(offline, '/orders', access_token)).status, 200, 'exp and the leeway')
  issuer.clock.advance(1)
  t.strictSame(await ask(offline, '/orders', access_token), invalidToken)
})

t.test('Introspection: credentials that the issuer refuses are a fault of the API, not of the token', async t => {
  const issuer = await startIssuer(t)
  const client = { clientId: 'c_unknown', clientSecret: 'a secret of an unknown client' }
  const api = await createApi(t, { ...issuer.options, introspect: client })
  t.strictSame(await ask(api, '/any', issuer.tokens.access_token), unavailable)
  t.match(api.log.join(''), `${issuer.url}/introspect responded with status 401.`)
  t.notMatch(api.log.join(''), client.clientSecret)
})

t.test("The headers of a refusal survive the app's error handler and its formats", async t => {
  const issuer = await startIssuer(t)
  await issuer.app.close()
  const app = Fastify()
  t.teardown(() => app.close())
  app.setErrorHandler((error: FastifyError, _request, reply) =>
    reply.code(error.statusCode ?? 500).send({ oops: error.code })
  )
  await app.register(verifier, issuer.options)
  app.get('/', { onRequest: app.requireScope() }, async () => 'x')
  const answer = await app.inject('/')
  t.equal(answer.statusCode, 401)
  t.equal(answer.headers['www-authenticate'], 'Bearer realm="sallyport"')
  t.strictSame(answer.json(), { oops: 'missing_token' })
  const away = await app.inject({ url: '/', headers: bearer(issuer.tokens.access_token) })
  t.equal(away.headers['retry-after'], '1')
  t.strictSame([away.statusCode, away.json()], [503, { oops: 'temporarily_unavailable' }])
})

t.test('A bug in the API itself is a 500, not a refusal of the token', async t => {
  const issuer = await startIssuer(t)
  const now = () => {
    throw new Error('The clock has stopped.')
  }
  const api = await createApi(t, { ...issuer.options, now })
  t.match(await ask(api, '/any', issuer.tokens.access_token), { status: 500, challenge: undefined })
})

t.test('The types of the hook fit every kind of server', async t => {
  const app = Fastify({ http2: true })
  t.teardown(() => app.close())
  await app.register(verifier, { issuer: 'https://login.example.com', audience: 'https://api.example.com' })
  app.get('/', { onRequest: [app.requireScope()] }, async ({ accessToken }) => accessToken.sub)
  t.equal((await app.inject('/')).statusCode, 401)
})

t.test('A second verifier in the same or a nested scope stops the start, with a remedy', async t => {
  const options = { issuer: 'https://login.example.com', audience: 'https://api.example.com' }
  for (const register of [
    async (app: FastifyInstance) => app.register(verifier, options),
    async (app: FastifyInstance) => app.register(async scope => scope.register(verifier, options))
  ]) {
    const app = Fastify() as unknown as FastifyInstance
    await app.register(verifier, options)
    await t.rejects(register(app), {
      message:
        'This scope already has a verifier. For a second issuer, register each verifier in its own scope: ' +
        'app.register(async scope => { await scope.register(verifier, …) }).'
    })
    await app.close()
  }
})

t.test('Two scopes of an app can each trust another issuer', async t => {
  const [first, second] = [await startIssuer(t), await startIssuer(t)]
  const app = Fastify()
  t.teardown(() => app.close())
  for (const [prefix, { options }] of [
    ['/first', first],
    ['/second', second]
  ] as const) {
    await app.register(
      async scope => {
        await scope.register(verifier, options)
        scope.addHook('onRequest', scope.requireScope())
        scope.get('/', async ({ accessToken }) => ({ iss: accessToken.claims.iss }))
      },
      { prefix }
    )
  }
  for (const [url, token, expected] of [
    ['/first', first.tokens.access_token, first.url],
    ['/first', second.tokens.access_token, undefined],
    ['/second', second.tokens.access_token, second.url],
    ['/second', first.tokens.access_token, undefined]
  ] as const) {
    const answer = await app.inject({ url, headers: bearer(token) })
    t.equal(answer.statusCode, expected ? 200 : 401)
    t.equal(answer.json().iss, expected)
  }
})

t.test('Invalid options stop the start, with the expected value', async t => {
  const right = { issuer: 'https://login.example.com', audience: 'https://api.example.com' }
  const issuer = 'issuer must be the iss of the tokens, an http or https URL without query, fragment or username'
  const audience = 'audience must be the aud of the tokens, a non-empty string'
  const leeway = 'leeway must be a number of seconds from 0 to 300'
  const staleKeys = 'staleKeys must be a number of seconds from 0 to 86400'
  const client = 'introspect must be { clientId, clientSecret }, both non-empty strings'
  const scenarios: [options: object, problems: string[]][] = [
    [{}, [issuer, audience]],
    [{ ...right, issuer: 'login.example.com' }, [issuer]],
    [{ ...right, issuer: 'ftp://login.example.com' }, [issuer]],
    [{ ...right, issuer: 'https://login.example.com?tenant=1' }, [issuer]],
    [{ ...right, issuer: 'https://login.example.com/#a' }, [issuer]],
    [{ ...right, issuer: 'https://alice:secret@login.example.com' }, [issuer]],
    [{ ...right, issuer: 'https://' }, [issuer]],
    [{ ...right, issuer: 'https://login.example.com:port' }, [issuer]],
    [{ ...right, issuer: new URL(right.issuer) }, [issuer]],
    [{ ...right, audience: '' }, [audience]],
    [{ ...right, audience: ['a'] }, [audience]],
    [{ ...right, leeway: -1 }, [leeway]],
    [{ ...right, leeway: 30_000 }, [leeway]],
    [{ ...right, leeway: '10' }, [leeway]],
    [{ ...right, leeway: Number.NaN }, [leeway]],
    [{ ...right, staleKeys: -1 }, [staleKeys]],
    [{ ...right, staleKeys: 86_401 }, [staleKeys]],
    [{ ...right, staleKeys: '60' }, [staleKeys]],
    [
      { ...right, staleKeys: 60, introspect: { clientId: 'c_1', clientSecret: 'secret' } },
      ['staleKeys must be omitted with introspect, which needs no keys']
    ],
    [{ ...right, introspect: true }, [client]],
    [{ ...right, introspect: null }, [client]],
    [{ ...right, introspect: { clientId: 'c_1', clientSecret: undefined } }, [client]],
    [{ ...right, introspect: { clientId: '', clientSecret: 'secret' } }, [client]],
    [{ ...right, now: new Date() }, ['now must be a function that returns a Date']],
    [{ ...right, introspection: { clientId: 'c_1', clientSecret: 'secret' } }, ['introspection is not an option']]
  ]
  for (const [options, problems] of scenarios) {
    const app = Fastify()
    await t.rejects(
      async () => app.register(verifier, options as VerifierOptions),
      { message: `The options of the verifier are not valid: ${problems.join('; ')}.` },
      JSON.stringify(options)
    )
    await app.close()
  }
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(verifier, { issuer: 'https://login.example.com/tenant/', audience: 'x', logLevel: 'warn' })
  for (const scope of ['', 'two words', 'a"b'])
    t.throws(() => app.requireScope('a', scope), {
      message: `A scope must be printable ASCII without spaces, not ${JSON.stringify(scope)}.`
    })
  for (const scope of [undefined, 1, ['a']])
    t.throws(() => app.requireScope('a', scope as never), {
      message: `A scope must be a string, not ${typeof scope}. Call the function to get the hook: onRequest: app.requireScope('me').`
    })
})

t.test('Offline: tokens of every algorithm are verified (RFC 9068 §2.1)', async t => {
  for (const signingAlg of signingAlgs) {
    const issuer = await startIssuer(t, { signingAlg })
    const api = await createApi(t, issuer.options)
    t.equal((await ask(api, '/orders', issuer.tokens.access_token)).status, 200, signingAlg)
  }
})

t.test('Offline: a key of Ed25519 verifies no EdDSA, and the reverse (draft-ietf-oauth-rfc8725bis §3.1)', async t => {
  for (const [signingAlg, other] of [
    ['EdDSA', 'Ed25519'],
    ['Ed25519', 'EdDSA']
  ] as const) {
    const issuer = await startIssuer(t, { signingAlg })
    const api = await createApi(t, issuer.options)
    const { kid, privatePem } = issuer.app.keys.signer()
    const claims = decodeJwt(issuer.tokens.access_token)
    const signed = async (alg: string) =>
      new SignJWT(claims).setProtectedHeader({ alg, kid, typ: 'at+jwt' }).sign(await importPKCS8(privatePem, alg))
    t.equal((await ask(api, '/any', await signed(signingAlg))).status, 200)
    t.strictSame(await ask(api, '/any', await signed(other)), invalidToken)
  }
})

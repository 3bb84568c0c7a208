import { constants, sign } from 'node:crypto'
import t from 'tap'
import { digestOf } from '../../src/auth/keys/jwk.ts'
import { StoreError } from '../../src/store/errors.ts'
import { bearer, createApp, createUser, logIn } from '../support/app.ts'
import { bothSchemes } from '../support/dpop.ts'
import { assertProblem } from '../support/problem.ts'

const invalid = 'The access token is invalid, expired or revoked.'
const malformed = 'The Authorization header is malformed. Send: Authorization: Bearer <token>.'

t.test('a missing, invalid or malformed token gets its challenge and instructions (RFC 6750 §3)', async t => {
  const { app } = await createApp(t)
  await createUser(app)
  const { access_token } = await logIn(app)
  const scenarios: [
    name: string,
    authorization: string | undefined,
    status: number,
    detail: string,
    challenge: string
  ][] = [
    ['none', undefined, 401, 'Send an access token: Authorization: Bearer <token>.', bothSchemes],
    ['Basic', 'Basic Og==', 401, 'Send an access token: Authorization: Bearer <token>.', bothSchemes],
    [
      'garbage',
      'Bearer garbage',
      401,
      invalid,
      `Bearer realm="sallyport", error="invalid_token", error_description="${invalid}"`
    ],
    [
      'malformed',
      'Bearer a b',
      400,
      malformed,
      `Bearer realm="sallyport", error="invalid_request", error_description="${malformed}"`
    ]
  ]
  for (const [name, authorization, status, detail, challenge] of scenarios) {
    const answer = await app.inject({ url: '/users/me', headers: authorization ? { authorization } : {} })
    assertProblem(t, answer, status, '/users/me', { detail }, name)
    t.equal(answer.headers['www-authenticate'], challenge, name)
  }
  const twice = await app.inject({ url: `/users/me?access_token=${access_token}`, headers: bearer(access_token) })
  assertProblem(t, twice, 400, '/users/me', {
    detail: 'Send the access token in the Authorization header only, not in the URL.'
  })
  t.notMatch(twice.body, access_token)
  const inUrl = await app.inject(`/users/me?access_token=${access_token}`)
  t.equal(inUrl.statusCode, 401, 'a token in the URL counts as no token')
})

t.test('a failing key store during a key look-up is 503, not a bad token (never a false 401)', async t => {
  const { app, clock } = await createApp(t)
  await createUser(app)
  const { access_token } = await logIn(app)
  const [head = '', ...rest] = access_token.split('.')
  const header = { ...JSON.parse(Buffer.from(head, 'base64url').toString()), kid: 'not-known-yet' }
  const unknown = [Buffer.from(JSON.stringify(header)).toString('base64url'), ...rest].join('.')
  clock.advance(2)
  app.db.keys.published = () => Promise.reject(new StoreError('unavailable', 'gone'))
  const answer = await app.inject({ url: '/users/me', headers: bearer(unknown) })
  assertProblem(t, answer, 503, '/users/me', {
    detail: 'The database is unavailable. Try again in a moment.'
  })
  t.equal((await app.inject({ url: '/users/me', headers: bearer(access_token) })).statusCode, 200)
})

t.test('a token has its type and key in its header, and every claim (RFC 9068 §2)', async t => {
  const { app, config } = await createApp(t, { audience: 'https://api.example.com' })
  const user = await createUser(app)
  const { access_token } = await logIn(app)
  const [header, payload] = access_token
    .split('.')
    .slice(0, 2)
    .map(part => JSON.parse(Buffer.from(part, 'base64url').toString()))
  t.strictSame(header, { alg: 'ES256', typ: 'at+jwt', kid: app.keys.signer().kid })
  t.match(payload, {
    iss: config.issuer,
    aud: [config.issuer, 'https://api.example.com'],
    sub: user.id,
    client_id: 'first-party'
  })
  t.strictSame(Object.keys(payload).sort(), [
    'acr',
    'amr',
    'aud',
    'auth_time',
    'client_id',
    'exp',
    'iat',
    'iss',
    'jti',
    'preferred_username',
    'scope',
    'sid',
    'sub'
  ])
})

t.test('each key is used with exactly one algorithm (draft-ietf-oauth-rfc8725bis §3.1, RFC 9864 §2)', async t => {
  for (const [signingAlg, other] of [
    ['EdDSA', 'Ed25519'],
    ['Ed25519', 'EdDSA'],
    ['RS256', 'PS256'],
    ['ES256', 'Ed25519'],
    ['ES256', 'EdDSA']
  ] as const) {
    const { app } = await createApp(t, { signingAlg })
    await createUser(app)
    const { access_token } = await logIn(app)
    const [, payload] = access_token.split('.')
    const { kid, alg, privatePem } = app.keys.signer()
    t.equal(alg, signingAlg)
    const signed = (alg: string) => {
      const input = `${Buffer.from(JSON.stringify({ alg, typ: 'at+jwt', kid })).toString('base64url')}.${payload}`
      const pss = alg === 'PS256' ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {}
      const key = { key: privatePem, dsaEncoding: 'ieee-p1363', ...pss } as const
      return `${input}.${sign(digestOf(signingAlg), Buffer.from(input), key).toString('base64url')}`
    }
    const ask = async (alg: string) => (await app.inject({ url: '/users/me', headers: bearer(signed(alg)) })).statusCode
    t.equal(await ask(signingAlg), 200)
    t.equal(await ask(other), 401, `${other} with a key of ${signingAlg}`)
  }
})

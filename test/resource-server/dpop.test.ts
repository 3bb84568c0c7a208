import t, { type Test } from 'tap'
import { createBoundTokens } from '../../src/resource-server/bound-token.ts'
import type { VerifierOptions } from '../../src/verifier.ts'
import { logIn, password } from '../support/app.ts'
import { bothSchemes, createProofSigner, nonceOf, postProved, proofClaims } from '../support/dpop.ts'
import { createApi, introspect, startIssuer } from '../support/resource-server.ts'

type Issuer = Awaited<ReturnType<typeof startIssuer>>

const audience = 'https://api.example.com'
const nonceSecret = 'a secret of the API, 32 bytes or more'
const algs = 'algs="ES256 Ed25519 EdDSA RS256"'
const metadata = `resource_metadata="${audience}/.well-known/oauth-protected-resource"`

const modes: { mode: string; option: (issuer: Issuer) => Promise<Partial<VerifierOptions>> }[] = [
  { mode: 'offline', option: async () => ({}) },
  { mode: 'introspection', option: introspect }
]

/** An issuer with a login that is bound to the key of `signer`, and an API with these options. */
async function createWorld(t: Test, options: Partial<VerifierOptions> = {}, option = modes[0]?.option) {
  const issuer = await startIssuer(t, { audience: String(options.audience ?? audience) })
  const signer = createProofSigner()
  const form = { grant_type: 'password', username: 'alice', password, scope: 'orders:read' }
  const proof = proofClaims(issuer.app, ['POST', '/token'], { issuer: issuer.url })
  const login = await postProved(issuer.app, signer, '/token', form, { dpop: signer.prove(proof) })
  const token = String(login.json().access_token)
  const { app, log } = await createApi(t, { ...issuer.options, ...(await option?.(issuer)), ...options })
  /** The claims of a valid proof for a request, without a nonce, and with `more`. */
  const claims = (more: object = {}, [method, path]: [string, string] = ['GET', '/any']) => {
    const { nonce, ...valid } = proofClaims(issuer.app, [method, path], { issuer: audience, token })
    return { ...valid, ...more }
  }
  const ask = (proof?: Record<string, unknown>, { scheme = 'DPoP', url = '/any', text = token, by = signer } = {}) =>
    app.inject({ url, headers: { authorization: `${scheme} ${text}`, ...(proof && { dpop: by.prove(proof) }) } })
  return { issuer, signer, token, app, log, claims, ask }
}

for (const { mode, option } of modes) {
  t.test(`${mode}: a bound token needs a proof of its key for the request (RFC 9449 §4.3, §7.1)`, async t => {
    const { issuer, signer, claims, ask } = await createWorld(t, {}, option)
    const admitted = await ask(claims())
    t.equal(admitted.statusCode, 200, admitted.body)
    t.match(admitted.json().claims.cnf, { jkt: signer.jkt })
    t.equal(admitted.headers['dpop-nonce'], undefined, 'there is no nonceSecret')
    t.equal((await ask(claims(), { url: '/any?page=2' })).statusCode, 200, 'a query is not part of htu')
    t.match((await ask(claims(), { by: createProofSigner() })).json(), {
      code: 'invalid_token',
      message: /another key/
    })
    const { iat } = claims()
    for (const [name, answer] of Object.entries({
      'no proof': await ask(),
      htm: await ask(claims({ htm: 'POST' })),
      path: await ask(claims(), { url: '/orders' }),
      'the issuer as host': await ask(claims({ htu: `${issuer.url}/any` })),
      'another host': await ask(claims({ htu: 'https://evil.example/any' })),
      'htu with a query': await ask(claims({ htu: `${audience}/any?a` })),
      'no ath': await ask(claims({ ath: undefined })),
      'an old iat': await ask(claims({ iat: iat - 31 })),
      'an iat in the future': await ask(claims({ iat: iat + 31 })),
      'no jti': await ask(claims({ jti: undefined }))
    })) {
      t.equal(answer.statusCode, 401, name)
      t.equal(answer.json().code, 'invalid_dpop_proof', name)
      const challenge = String(answer.headers['www-authenticate'])
      t.ok(challenge.startsWith(`DPoP realm="sallyport", ${metadata}, error="invalid_dpop_proof"`), challenge)
      t.ok(challenge.endsWith(algs), challenge)
    }
  })

  t.test(`${mode}: the scheme has to fit the token (RFC 9449 §7.1, §7.2)`, async t => {
    const { issuer, claims, ask } = await createWorld(t, {}, option)
    const asBearer = await ask(claims(), { scheme: 'Bearer' })
    t.equal(asBearer.statusCode, 401)
    t.match(asBearer.json(), { code: 'invalid_token', message: 'The access token is bound to a key. Send it as DPoP.' })
    t.match(
      asBearer.headers['www-authenticate'],
      /^DPoP realm="sallyport", resource_metadata="[^"]*", error="invalid_token"/
    )
    const { access_token: text } = await logIn(issuer.app)
    const asDpop = await ask(claims(), { text })
    t.equal(asDpop.statusCode, 401)
    t.match(asDpop.json(), {
      code: 'invalid_token',
      message: 'The access token is not bound to a key. Send it as Bearer.'
    })
    t.match(asDpop.headers['www-authenticate'], /^DPoP /)
    t.equal((await ask(undefined, { scheme: 'Bearer', text })).statusCode, 200)
  })
}

t.test('the token is checked before the proof', async t => {
  const { claims, ask } = await createWorld(t)
  const answer = await ask(claims({ htm: 'wrong' }), { text: 'x.y.z' })
  t.match(answer.json(), { code: 'invalid_token' })
  t.match(answer.headers['www-authenticate'], /^DPoP .*error="invalid_token"/)
  const lacking = await ask(claims({ htm: 'wrong' }), { url: '/asked/twoFactors' })
  t.match(lacking.json(), { code: 'invalid_dpop_proof' }, 'the login is checked after it')
})

t.test('a request without a token learns the schemes (RFC 9449 §7.2)', async t => {
  const { app } = await createWorld(t)
  const answer = await app.inject('/any')
  t.equal(
    answer.headers['www-authenticate'],
    bothSchemes.replaceAll('realm="sallyport"', `realm="sallyport", ${metadata}`)
  )
  const without = await createWorld(t, { audience: 'the API' })
  t.equal((await without.app.inject('/any')).headers['www-authenticate'], 'Bearer realm="sallyport"')
})

t.test('with nonceSecret, a proof needs the nonce of the API (RFC 9449 §9)', async t => {
  const { issuer, claims, ask, app } = await createWorld(t, { nonceSecret })
  const first = await ask(claims())
  t.equal(first.statusCode, 401)
  t.equal(first.json().code, 'use_dpop_nonce')
  t.match(first.headers['www-authenticate'], /^DPoP .*error="use_dpop_nonce"/)
  const nonce = first.headers['dpop-nonce']
  t.type(nonce, 'string')
  const admitted = await ask(claims({ nonce }))
  t.equal(admitted.statusCode, 200)
  t.equal(admitted.headers['dpop-nonce'], nonce)
  t.equal((await ask(claims({ nonce: nonceOf(issuer.app) }))).statusCode, 401, 'a nonce of another secret')
  const foreign = await ask(claims({ nonce }), { text: 'x' })
  t.equal(foreign.headers['dpop-nonce'], nonce, 'on each response to a proof')
  const without = await app.inject({ url: '/any', headers: { authorization: 'DPoP x' } })
  t.equal(without.headers['dpop-nonce'], nonce, 'and to a token that needs one')
  t.equal((await app.inject('/any')).headers['dpop-nonce'], undefined)
  issuer.clock.advance(120)
  const later = await ask(claims({ nonce }))
  t.equal(later.statusCode, 200)
  t.not(later.headers['dpop-nonce'], nonce, 'the next one is handed out before the former ends (§8.2)')
  issuer.clock.advance(120)
  t.equal((await ask(claims({ nonce }))).statusCode, 401)
})

t.test('nodes with the same nonceSecret accept the same nonces', async t => {
  const { issuer, claims, ask, token, signer } = await createWorld(t, { nonceSecret })
  const nonce = (await ask(claims())).headers['dpop-nonce']
  const other = await createApi(t, { ...issuer.options, nonceSecret })
  const headers = { authorization: `DPoP ${token}`, dpop: signer.prove(claims({ nonce })) }
  t.equal((await other.app.inject({ url: '/any', headers })).statusCode, 200)
})

t.test('a proof works again for the same request, for 30 seconds (RFC 9449 §11.1)', async t => {
  const { issuer, claims, ask } = await createWorld(t)
  const proof = claims()
  for (const [seconds, status] of [
    [0, 200],
    [30, 200],
    [1, 401]
  ] as const) {
    issuer.clock.advance(seconds)
    t.equal((await ask(proof)).statusCode, status)
  }
})

t.test('the option url is the public URL of the API, also below a path', async t => {
  for (const url of ['https://shop.example.com/api', 'https://shop.example.com/api/']) {
    const { claims, ask } = await createWorld(t, { url })
    t.equal((await ask(claims({ htu: 'https://shop.example.com/api/any' }))).statusCode, 200)
    t.equal((await ask(claims())).statusCode, 401)
  }
})

t.test('without a URL of the API, bound tokens are refused, and the log says once what to set', async t => {
  for (const options of [{ audience: 'the API' }, {}]) {
    const { issuer, signer, token, claims, log, ask } = await createWorld(t, options)
    // The issuer as audience says nothing about the URL of the API.
    const asIssuer = await createApi(t, { ...issuer.options, audience: issuer.url })
    const [refused, lines] =
      options.audience === undefined
        ? [
            async (scheme: string) =>
              await asIssuer.app.inject({
                url: '/any',
                headers: { authorization: `${scheme} ${token}`, dpop: signer.prove(claims()) }
              }),
            asIssuer.log
          ]
        : [async (scheme: string) => await ask(claims(), { scheme }), log]
    for (const scheme of ['DPoP', 'Bearer']) {
      const answer = await refused(scheme)
      t.equal(answer.statusCode, 401)
      t.equal(
        answer.headers['www-authenticate'],
        'Bearer realm="sallyport", error="invalid_token", error_description="The access token is bound to a key, which is not accepted here."'
      )
    }
    const errors = lines.map(line => JSON.parse(line)).filter(({ level }) => level === 50)
    t.match(errors, [{ err: { message: /set the option url of the verifier to the public URL of this API/ } }])
    t.equal(errors.length, 1)
  }
})

t.test('an error that is not a fault of the proof is none of the token', async t => {
  const now = () => {
    throw new Error('no clock')
  }
  const { assertProved } = createBoundTokens({ url: audience, nonceSecret: undefined, now })
  const signer = createProofSigner()
  const headers = { dpop: signer.prove({ jti: 'a' }) }
  t.throws(
    () =>
      assertProved(
        { claims: { cnf: { jkt: signer.jkt } } },
        { scheme: 'DPoP', token: 'a' },
        { headers, method: 'GET', originalUrl: '/' }
      ),
    { message: 'no clock' }
  )
})

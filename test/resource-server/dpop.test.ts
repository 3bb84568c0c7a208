import t, { type Test } from 'tap'
import { createBoundTokens } from '../../src/resource-server/bound-token.ts'
import type { VerifierOptions } from '../../src/verifier.ts'
import { logIn, password } from '../support/app.ts'
import {
  algs,
  bothSchemes,
  createProofSigner,
  headersOfUse,
  nonceOf,
  postProved,
  proofClaims,
  type WrongUse,
  wrongUses
} from '../support/dpop.ts'
import { createApi, introspect, startIssuer } from '../support/resource-server.ts'

const audience = 'https://api.example.com'
const nonceSecret = 'a secret of the API, 32 bytes or more'
const metadata = `resource_metadata="${audience}/.well-known/oauth-protected-resource"`

/** An issuer with a login that is bound to the key of `signer`, and an API with these options. */
async function createWorld(t: Test, options: Partial<VerifierOptions> = {}) {
  const issuer = await startIssuer(t, { audience: String(options.audience ?? audience) })
  const signer = createProofSigner()
  const form = { grant_type: 'password', username: 'alice', password, scope: 'orders:read' }
  const proof = proofClaims(issuer.app, ['POST', '/token'], { issuer: issuer.url })
  const login = await postProved(issuer.app, signer, '/token', form, { dpop: signer.prove(proof) })
  const token = String(login.json().access_token)
  const { app } = await createApi(t, { ...issuer.options, ...options })
  /** The claims of a valid proof for `GET /any`, without a nonce, and with `more`. */
  const claims = (more: object = {}) => {
    const { nonce, ...valid } = proofClaims(issuer.app, ['GET', '/any'], { issuer: audience, token })
    return { ...valid, ...more }
  }
  const ask = (proof: Record<string, unknown>, { url = '/any', text = token } = {}) =>
    app.inject({ url, headers: { authorization: `DPoP ${text}`, dpop: signer.prove(proof) } })
  return { issuer, signer, token, app, claims, ask }
}

t.test(
  'A bound token needs the scheme DPoP and a proof of its key, and no other token has it (RFC 9449 §7.1)',
  async t => {
    const { issuer, signer, token, app, claims, ask } = await createWorld(t)
    const introspecting = await createApi(t, { ...issuer.options, ...(await introspect(issuer)) })
    const { access_token: unbound } = await logIn(issuer.app)
    const faults: unknown[] = []
    for (const [mode, api] of Object.entries({ offline: app, introspection: introspecting.app })) {
      const use = (wrong?: WrongUse) => {
        const headers = headersOfUse({ signer, token, unbound, claims: claims() }, wrong)
        return api.inject({ url: '/any?page=2', headers })
      }
      const admitted = await use()
      t.equal(admitted.statusCode, 200, admitted.body)
      t.match(admitted.json().claims.cnf, { jkt: signer.jkt })
      t.equal(admitted.headers['dpop-nonce'], undefined, 'there is no nonceSecret')
      for (const wrong of wrongUses) {
        const { statusCode, headers, ...answer } = await use(wrong)
        const challenge = String(headers['www-authenticate'])
        const { code, message } = answer.json()
        const isRight =
          statusCode === 401 &&
          code === wrong.error &&
          wrong.description.test(message) &&
          challenge.startsWith(`DPoP realm="sallyport", ${metadata}, error="${wrong.error}"`) &&
          challenge.endsWith(algs)
        if (!isRight) faults.push([mode, wrong.name, statusCode, code, message, challenge])
      }
      const asBearer = await api.inject({ url: '/any', headers: { authorization: `Bearer ${unbound}` } })
      t.equal(asBearer.statusCode, 200)
    }
    t.strictSame(faults, [])
    t.equal((await ask(claims({ htu: `${issuer.url}/any` }))).statusCode, 401, 'the issuer as host')
  }
)

t.test('The token is checked before the proof, and the login after it', async t => {
  const { app, claims, ask } = await createWorld(t)
  const answer = await ask(claims({ htm: 'wrong' }), { text: 'x.y.z' })
  t.match(answer.json(), { code: 'invalid_token' })
  t.match(answer.headers['www-authenticate'], /^DPoP .*error="invalid_token"/)
  const lacking = await ask(claims({ htm: 'wrong' }), { url: '/asked/twoFactors' })
  t.match(lacking.json(), { code: 'invalid_dpop_proof' })
  const learned = (await app.inject('/any')).headers['www-authenticate']
  const both = bothSchemes.replaceAll('realm="sallyport"', `realm="sallyport", ${metadata}`)
  t.equal(learned, both, 'a request without a token learns the schemes (RFC 9449 §7.2)')
})

t.test('With nonceSecret, a proof needs the nonce of the API (RFC 9449 §9)', async t => {
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

t.test('The option url is the public URL of the API, also below a path', async t => {
  const { issuer, signer, token, claims } = await createWorld(t)
  for (const url of ['https://shop.example.com/api', 'https://shop.example.com/api/']) {
    const { app } = await createApi(t, { ...issuer.options, url })
    const ask = async (more: object) => {
      const headers = { authorization: `DPoP ${token}`, dpop: signer.prove(claims(more)) }
      return (await app.inject({ url: '/any', headers })).statusCode
    }
    t.strictSame([await ask({ htu: 'https://shop.example.com/api/any' }), await ask({})], [200, 401])
  }
})

t.test('Without a URL of the API, bound tokens are refused, and the log says once what to set', async t => {
  const { issuer, signer, token, claims } = await createWorld(t, { audience: 'the API' })
  const refusal =
    'Bearer realm="sallyport", error="invalid_token", error_description="The access token is bound to a key, which is not accepted here."'
  // The issuer as audience says nothing about the URL of the API.
  for (const audience of ['the API', issuer.url]) {
    const { app, log } = await createApi(t, { ...issuer.options, audience })
    t.equal((await app.inject('/any')).headers['www-authenticate'], 'Bearer realm="sallyport"')
    for (const scheme of ['DPoP', 'Bearer']) {
      const headers = { authorization: `${scheme} ${token}`, dpop: signer.prove(claims()) }
      const answer = await app.inject({ url: '/any', headers })
      t.equal(answer.statusCode, 401)
      t.equal(answer.headers['www-authenticate'], refusal)
    }
    const errors = log.map(line => JSON.parse(line)).filter(({ level }) => level === 50)
    t.equal(errors.length, 1)
    t.match(errors, [{ err: { message: /set the option url of the verifier to the public URL of this API/ } }])
  }
})

t.test('An error that is not a fault of the proof is none of the token', async t => {
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

import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose'
import t from 'tap'
import { signingAlgs } from '../../src/auth/keys/jwk.ts'
import { createUser, logIn } from '../support/app.ts'
import { createClock } from '../support/clocks.ts'
import { startServer } from '../support/server.ts'

for (const signingAlg of signingAlgs) {
  t.test(`jose verifies ${signingAlg} access tokens against the JWKS (RFC 9068 §4, RFC 7517)`, async t => {
    const { app, url } = await startServer(t, { signingAlg })
    const alice = await createUser(app)
    const { access_token } = await logIn(app)

    const keys = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`))
    const { payload, protectedHeader } = await jwtVerify(access_token, keys, {
      typ: 'at+jwt',
      issuer: url,
      audience: url,
      algorithms: [signingAlg],
      requiredClaims: ['iat', 'exp', 'jti', 'client_id', 'scope', 'auth_time', 'sid'],
      maxTokenAge: 600
    })
    t.equal(protectedHeader.alg, signingAlg)
    t.equal(payload.sub, alice.id)
    t.equal(payload.client_id, 'first-party')
    t.equal(payload.scope, 'me')
    t.equal(Number(payload.exp) - Number(payload.iat), 600)

    await t.rejects(jwtVerify(access_token, keys, { audience: 'https://other.example' }), {
      code: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
      claim: 'aud'
    })
    await t.rejects(jwtVerify(access_token, keys, { typ: 'JWT' }), {
      code: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
      claim: 'typ'
    })
    const [header, , signature] = access_token.split('.')
    const forged = Buffer.from(JSON.stringify({ ...payload, sub: 'mallory' })).toString('base64url')
    await t.rejects(jwtVerify(`${header}.${forged}.${signature}`, keys), {
      code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'
    })
  })
}

t.test('jose with a JWKS cached for its max-age verifies every token across a key rotation', async t => {
  const clock = createClock()
  const { app, url } = await startServer(t, { keyRotation: 0, accessTokenTtl: 600 }, clock.now)
  await createUser(app)
  const token = async () => (await logIn(app)).access_token

  // A service that verifies offline and fetches the JWKS again only after its max-age, by the test's clock.
  let fetches = 0
  let fetchedAt = clock.now()
  const keys = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`), {
    cooldownDuration: Number.POSITIVE_INFINITY,
    cacheMaxAge: Number.POSITIVE_INFINITY,
    [customFetch]: async (address, options) => {
      fetches++
      fetchedAt = clock.now()
      const answer = await fetch(address, options)
      t.equal(answer.headers.get('cache-control'), 'public, max-age=300')
      return answer
    }
  })
  const verifiedBy = async (token: string) => {
    if (clock.now().getTime() - fetchedAt.getTime() >= 300_000) await keys.reload()
    const options = { typ: 'at+jwt', issuer: url, audience: url, currentDate: clock.now() }
    return (await jwtVerify(token, keys, options)).protectedHeader.kid
  }

  const [oldKid = ''] = app.keys.jwks().keys.map(key => key.kid)
  t.equal(await verifiedBy(await token()), oldKid, 'before the rotation')

  await app.keys.rotate()
  const newKid = app.keys.jwks().keys.find(key => key.kid !== oldKid)?.kid
  t.ok(newKid, 'the new key is published at once')
  t.equal(await verifiedBy(await token()), oldKid, 'and does not sign yet: caches may lack it')

  clock.advance(299)
  t.equal(await verifiedBy(await token()), oldKid, 'the service still has the first JWKS')
  t.equal(fetches, 1)
  clock.advance(20)
  const lastOld = await token()
  t.equal(await verifiedBy(lastOld), oldKid, 'a second before the new key signs')

  clock.advance(1)
  t.equal(await verifiedBy(await token()), newKid, 'once every cached JWKS has it, the new key signs')
  t.equal(await verifiedBy(lastOld), oldKid, 'and the old one still verifies')
  t.equal(fetches, 2, 'no fetch besides the expected one')

  clock.advance(598)
  t.equal(await verifiedBy(lastOld), oldKid, 'until the last token that it signed expires')
  clock.advance(2)
  await t.rejects(verifiedBy(lastOld), { code: 'ERR_JWT_EXPIRED' })

  clock.advance(320)
  await app.keys.maintain()
  t.same(
    app.keys.jwks().keys.map(key => key.kid),
    [newKid],
    'then the old key is gone from the JWKS'
  )
  t.equal(await verifiedBy(await token()), newKid)
})

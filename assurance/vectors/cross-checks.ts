import { createPrivateKey, type JsonWebKey, randomUUID } from 'node:crypto'
import { createLocalJWKSet } from 'jose'
import t from 'tap'
import { makeKeyPair, signerOf } from '../../packages/client/src/dpop-key.ts'
import { createProver } from '../../packages/client/src/dpop-proof.ts'
import { createSignatureCheck } from '../../src/auth/identities/signature.ts'
import { signingAlgs } from '../../src/auth/keys/jwk.ts'
import { createOfflineCheck } from '../../src/resource-server/verify-offline.ts'
import { createProofReader } from '../../src/wire/dpop/proof.ts'
import { dpopAlgs } from '../../src/wire/dpop-algs.ts'
import { thumbprint } from '../../src/wire/jwk.ts'
import { bearer, createApp, createUser, logIn } from '../../test/support/app.ts'
import { encode } from '../../test/support/forgeries.ts'
import { generateIssuerKey, idTokenAlgs, startIdentityProvider } from '../../test/support/identity-provider.ts'
import { altered, type OtherProgram, type Signed } from './other-programs.ts'

/** The parts of a JWS whose signature `jwk` verifies. */
function partsOf(jws: string, alg: string, jwk: JsonWebKey): Signed {
  const [header, payload, signature = ''] = jws.split('.')
  return { alg, jwk, input: `${header}.${payload}`, signature }
}

/** Each, and the same with another signature. */
export const withAltered = (signed: Signed[]) =>
  signed.flatMap(one => [one, { ...one, signature: altered(one.signature) }])

/** The answers for `withAltered`. */
export const trueThenFalse = (signed: unknown[]) => signed.flatMap(() => [true, false])

const claimsOf = (jws: string) => JSON.parse(Buffer.from(String(jws.split('.')[1]), 'base64url').toString())

/** A server for each algorithm, with an access token and the public key that it names. */
export const createIssuers = (t: Parameters<typeof createApp>[0]) =>
  Promise.all(
    signingAlgs.map(async alg => {
      const made = await createApp(t, { signingAlg: alg })
      await createUser(made.app)
      const { access_token: token } = await logIn(made.app)
      return { ...made, alg, token, jwk: made.app.keys.jwks().keys[0] as JsonWebKey & { kid: string } }
    })
  )

/** Registers the tests of signatures that another program makes and verifies. */
export function testSignatures({ name, skip, verify, sign }: OtherProgram) {
  t.test(`${name} verifies an access token of each algorithm`, { skip }, async t => {
    const signed = (await createIssuers(t)).map(({ token, alg, jwk }) => partsOf(token, alg, jwk))
    t.strictSame(await verify(withAltered(signed)), trueThenFalse(signed))
  })

  t.test(`An access token of each algorithm that ${name} has signed with our key is accepted`, { skip }, async t => {
    const issuers = await createIssuers(t)
    const inputs = issuers.map(({ app, alg, token }) => ({
      alg,
      privateKey: createPrivateKey(app.keys.signer().privatePem),
      input: `${token.split('.')[0]}.${encode({ ...claimsOf(token), jti: randomUUID() })}`
    }))
    const signatures = await sign(inputs)
    for (const [i, { app, alg, config, clock }] of issuers.entries()) {
      const options = { issuer: config.issuer, audience: config.issuer, leeway: 0, now: clock.now }
      const keys = createLocalJWKSet(app.keys.jwks() as Parameters<typeof createLocalJWKSet>[0])
      const checkElsewhere = createOfflineCheck(options as Parameters<typeof createOfflineCheck>[0], keys)
      for (const [signature, status] of [
        [signatures[i], 200],
        [altered(String(signatures[i])), 401]
      ] as const) {
        const token = `${inputs[i]?.input}.${signature}`
        t.equal((await app.inject({ url: '/users/me', headers: bearer(token) })).statusCode, status, alg)
        const answer = await checkElsewhere(token).catch(error => error)
        t.equal('sub' in answer, status === 200, `${alg} in sallyport/verifier`)
      }
    }
  })

  t.test(`${name} verifies a proof of sallyport/client (RFC 9449)`, { skip }, async t => {
    const key = await signerOf(await makeKeyPair())
    let proof = ''
    await createProver().prove(
      key,
      { method: 'GET', url: 'https://api.example.com/', accessToken: 'a' },
      async sent => {
        proof = String(sent.DPoP)
        return { response: new Response(), error: undefined }
      }
    )
    const { jwk } = JSON.parse(Buffer.from(String(proof.split('.')[0]), 'base64url').toString())
    t.strictSame(await verify(withAltered([partsOf(proof, 'ES256', jwk)])), [true, false])
  })

  t.test(`A proof of each algorithm that ${name} has signed is accepted (RFC 9449)`, { skip }, async t => {
    const now = new Date()
    const request = { method: 'POST', url: 'https://auth.example.com/token' }
    const claims = { jti: randomUUID(), htm: request.method, htu: request.url, iat: Math.floor(now.getTime() / 1000) }
    const proofs = dpopAlgs.map(alg => {
      const { publicKey, privateKey } = generateIssuerKey(alg)
      const jwk = publicKey.export({ format: 'jwk' })
      return { alg, jwk, privateKey, input: `${encode({ typ: 'dpop+jwt', alg, jwk })}.${encode(claims)}` }
    })
    const signatures = await sign(proofs)
    const read = createProofReader({ now: () => now, nonces: undefined })
    for (const [i, { alg, jwk, input }] of proofs.entries()) {
      t.equal(read({ ...request, dpop: `${input}.${signatures[i]}` }).jkt, thumbprint(jwk), alg)
      const forged = { ...request, dpop: `${input}.${altered(String(signatures[i]))}` }
      t.throws(() => read(forged), { message: 'The signature of the proof is wrong.' }, alg)
    }
  })

  t.test(`An ID token of each algorithm that ${name} has signed is accepted`, { skip }, async t => {
    const provider = await startIdentityProvider(t, undefined, [...idTokenAlgs])
    const tokens = idTokenAlgs.map(alg => ({
      alg,
      privateKey: provider.keyOf(alg).privateKey,
      input: `${encode({ alg, kid: provider.kidOf(alg), typ: 'JWT' })}.${encode({ iss: provider.issuer, sub: 'alice' })}`
    }))
    const signatures = await sign(tokens)
    const check = createSignatureCheck(provider.issuer, { now: () => new Date(), onAttempt() {} })
    for (const [i, { alg, input }] of tokens.entries()) {
      await t.resolves(check(`${input}.${signatures[i]}`), alg)
      const forged = check(`${input}.${altered(String(signatures[i]))}`)
      await t.rejects(forged, { message: 'The signature of the ID token is wrong.' }, alg)
    }
  })
}

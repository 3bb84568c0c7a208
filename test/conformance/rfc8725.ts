import { decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT } from 'jose'
import { signingAlgs } from '../../src/auth/keys/jwk.ts'
import { decision, excluded, must, reading, type Standard, should } from './scenarios.ts'
import { assertBearerRefused } from './world.ts'

/** What the key of each algorithm has in the JWKS. */
const published = {
  ES256: { kty: 'EC', crv: 'P-256' },
  RS256: { kty: 'RSA', e: 'AQAB' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519' },
  Ed25519: { kty: 'OKP', crv: 'Ed25519' }
}

export const rfc8725: Standard = {
  name: 'RFC 8725',
  title: 'JSON Web Token Best Current Practices',
  date: 'February 2020',
  table: 'rfc8725',
  scenarios: [
    ...signingAlgs.map((signingAlg): Standard['scenarios'][number] =>
      must(
        '§3.2',
        `with SIGNING_ALG ${signingAlg} every token is signed with it and verifies through the published keys`,
        { settings: { signingAlg } },
        async ({ tokens, me, send, config, clock, remoteKeys }, t) => {
          const { access_token } = await tokens()
          t.equal(decodeProtectedHeader(access_token).alg, signingAlg)
          const [key, ...others] = (await send('GET', '/.well-known/jwks.json')).body.keys
          t.match([key, others], [{ ...published[signingAlg], alg: signingAlg }, []])
          t.notOk('d' in key, 'the private part')
          if (signingAlg === 'RS256') t.ok(Buffer.from(key.n, 'base64url').length >= 256, 'RFC 7518 §3.3')
          const { payload } = await jwtVerify(access_token, remoteKeys(`${config.issuer}/.well-known/jwks.json`), {
            algorithms: [signingAlg],
            issuer: config.issuer,
            audience: config.audience,
            typ: 'at+jwt',
            currentDate: clock.now()
          })
          t.same(payload, decodeJwt(access_token))
          t.equal((await me(access_token)).status, 200)
        }
      )
    ),
    must(
      '§3.5',
      'no token is signed with a secret that could be guessed: the setting SECRET signs no token',
      async ({ tokens, me, config }, t) => {
        const { access_token } = await tokens()
        const header = { ...decodeProtectedHeader(access_token), alg: 'HS256' }
        const forged = new SignJWT(decodeJwt(access_token)).setProtectedHeader(header)
        assertBearerRefused(t, await me(await forged.sign(Buffer.from(config.secret))), 'invalid_token')
      }
    ),
    decision('§3.10', 'unknown kids cause at most one look-up per second, so forged kids put no load on the database', [
      ['auth/keys/keys.test.ts', 'Unknown kids cause at most one look-up per second']
    ]),
    should('§3.11', 'tokens carry an explicit type', async ({ tokens }, t) => {
      t.equal(decodeProtectedHeader((await tokens()).access_token).typ, 'at+jwt')
    })
  ],
  notApplicable: [
    excluded(
      '§3.4, §3.6',
      'validation of ECDH-ES inputs, no compression before encryption',
      'Tokens are signed and not encrypted; encrypted tokens are refused like any other text.'
    )
  ],
  readings: [
    reading(
      '§3.1',
      'Is only the algorithm of the settings allowed, or every supported one?',
      'All three, so that tokens of the old key stay valid after SIGNING_ALG changes. Each key verifies only its algorithm.'
    )
  ]
}

import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import type { Standard } from './scenarios.ts'

export const rfc9864: Standard = {
  name: 'RFC 9864',
  title: 'Fully-Specified Algorithms for JOSE and COSE',
  table: 'rfc9864',
  scenarios: [
    {
      section: '§2.2',
      requirement: 'with SIGNING_ALG=Ed25519, keys and tokens have the alg Ed25519, and a library verifies them',
      level: 'MUST',
      settings: { signingAlg: 'Ed25519' },
      async run({ send, tokens, me, remoteKeys, config, clock }, t) {
        const { body } = await send('GET', '/.well-known/jwks.json')
        t.match(body.keys, [{ kty: 'OKP', crv: 'Ed25519', alg: 'Ed25519' }])
        const { access_token } = await tokens()
        t.equal(decodeProtectedHeader(access_token).alg, 'Ed25519')
        const jwks = remoteKeys(`${config.issuer}/.well-known/jwks.json`)
        const { payload } = await jwtVerify(access_token, jwks, { algorithms: ['Ed25519'], currentDate: clock.now() })
        t.equal(payload.iss, config.issuer)
        t.equal((await me(access_token)).status, 200)
      }
    },
    {
      section: '§2.2',
      requirement: 'SIGNING_ALG=EdDSA, which is deprecated, still works, with keys that have this alg',
      level: 'decision',
      settings: { signingAlg: 'EdDSA' },
      async run({ send, tokens, me }, t) {
        t.match((await send('GET', '/.well-known/jwks.json')).body.keys, [{ crv: 'Ed25519', alg: 'EdDSA' }])
        t.equal((await me((await tokens()).access_token)).status, 200)
      }
    },
    {
      section: '§1',
      requirement: 'a key works with its own algorithm only: the other name for the same signature is refused',
      level: 'MUST',
      settings: { signingAlg: 'Ed25519' },
      async run({ tokens, mint, me }, t) {
        const claims = decodeJwt((await tokens()).access_token)
        t.equal((await me(await mint(claims))).status, 200)
        t.equal((await me(await mint(claims, { alg: 'EdDSA' }))).status, 401)
      }
    }
  ],
  readings: [
    {
      section: '§2.2',
      question: 'Which name should new deployments use?',
      choice: 'Ed25519, if every API knows it. The default stays ES256, which all libraries have.'
    }
  ]
}

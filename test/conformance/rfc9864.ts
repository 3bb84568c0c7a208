import { decodeJwt } from 'jose'
import { decision, excluded, must, reading, type Standard } from './scenarios.ts'

export const rfc9864: Standard = {
  name: 'RFC 9864',
  title: 'Fully-Specified Algorithms for JOSE and COSE',
  date: 'October 2025',
  table: 'rfc9864',
  scenarios: [
    must('§2.2', 'with SIGNING_ALG=Ed25519, keys and tokens have the alg Ed25519, and a library verifies them', [
      [
        'conformance/rfc8725.ts',
        'RFC 8725 §3.2: with SIGNING_ALG Ed25519 every token is signed with it and verifies through the published keys'
      ]
    ]),
    decision('§2.2', 'SIGNING_ALG=EdDSA, which is deprecated, still works, with keys that have this alg', [
      [
        'conformance/rfc8725.ts',
        'RFC 8725 §3.2: with SIGNING_ALG EdDSA every token is signed with it and verifies through the published keys'
      ]
    ]),
    must(
      '§1',
      'a key works with its own algorithm only: the other name for the same signature is refused',
      { settings: { signingAlg: 'Ed25519' } },
      async ({ tokens, mint, me }, t) => {
        const claims = decodeJwt((await tokens()).access_token)
        t.equal((await me(await mint(claims))).status, 200)
        t.equal((await me(await mint(claims, { alg: 'EdDSA' }))).status, 401)
      }
    ),
    must('§2.2', 'DPoP proofs and ID tokens may have the alg Ed25519 too', [
      ['wire/dpop/proof.test.ts', 'A proof with each algorithm is read (RFC 9449 §4.2)'],
      ['auth/identities/id-tokens.test.ts', 'An ID token of each algorithm is verified, with one look-up of the keys']
    ]),
    decision('§2.1, §2.2', 'a COSE algorithm of passkeys is for one curve: ES256 for P-256, EdDSA for Ed25519', [
      [
        'conformance/webauthn.ts',
        'WebAuthn L3 §7.1 step 20: the key is a valid one of ES256 with P-256, EdDSA with Ed25519, or RS256 with 2048 to 4096 bits (§5.8.5)'
      ]
    ])
  ],
  notApplicable: [
    excluded('§3', 'fully-specified encryption algorithms', 'The server neither makes nor decrypts a JWE.')
  ],
  readings: [
    reading(
      '§2.2',
      'Which name should new deployments use?',
      'Ed25519, if every API knows it. The default stays ES256, which all libraries have.'
    ),
    reading(
      '§2',
      'Are ESP256 (-9) and Ed25519 (-19) requested for passkeys, in place of the deprecated -7 and -8?',
      'No: authenticators have -7 and -8, and WebAuthn §5.8.5 ties each of them to one curve.'
    )
  ]
}

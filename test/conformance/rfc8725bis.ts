import { createPublicKey, type JsonWebKey, sign } from 'node:crypto'
import { CompactEncrypt, decodeJwt } from 'jose'
import type { Test } from 'tap'
import { createProofSigner, proofClaims } from '../support/dpop.ts'
import { encode } from '../support/forgeries.ts'
import { assertLoggedIn, type IssuerWorld, startIssuerWorld } from './id-tokens.ts'
import { excluded, must, reading, type Standard, should } from './scenarios.ts'
import { assertBearerRefused, assertRefused, passwordForm, type World } from './world.ts'

/** A valid JWT for each place where the server takes one. */
async function validJwts(world: IssuerWorld, signer = createProofSigner()) {
  return {
    accessToken: (await world.tokens()).access_token,
    idToken: world.provider.idToken({}, { alg: 'ES256' }),
    proof: signer.prove(proofClaims(world.app, ['POST', '/token']))
  }
}

/** Asserts that the server takes this text for no JWT, at each place where it takes one. */
async function assertRefusedEverywhere(t: Test, world: IssuerWorld, text: string) {
  t.comment(`${text.slice(0, 60)} (${text.length})`)
  const isToken68 = /^[\w.~+/-]+=*$/.test(text)
  assertBearerRefused(t, await world.me(text), isToken68 ? 'invalid_token' : 'invalid_request')
  assertRefused(t, await world.present(text), 'invalid_request')
  assertRefused(t, await world.token(passwordForm, { dpop: text }), 'invalid_dpop_proof')
}

/** Asserts that a valid JWT is taken at its place: otherwise the refusals would prove nothing. */
async function assertAcceptedInPlace(t: Test, world: IssuerWorld) {
  const { accessToken, idToken, proof } = await validJwts(world)
  t.equal((await world.me(accessToken)).status, 200)
  assertLoggedIn(t, await world.present(idToken))
  t.match((await world.token(passwordForm, { dpop: proof })).body, { token_type: 'DPoP' })
}

/** A JWT of the server with this text as its `alg`, and a signature with the algorithm of its key. */
function withAlg({ app }: World, token: string, alg: string) {
  const { kid, privatePem } = app.keys.signer()
  const input = `${encode({ alg, kid, typ: 'at+jwt' })}.${token.split('.')[1]}`
  const key = { key: privatePem, dsaEncoding: 'ieee-p1363' as const }
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`
}

/** The text encrypted to a public key that the server publishes, or that the issuer does: each can do that. */
const encryptTo = (jwk: JsonWebKey, text: string, header = {}) =>
  new CompactEncrypt(Buffer.from(text))
    .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A128GCM', ...header })
    .encrypt(createPublicKey({ key: jwk as never, format: 'jwk' }))

/** A JWE that was never encrypted: its header says what a recipient would have to do. */
const jweOf = (header: object) =>
  [
    encode({ enc: 'A128GCM', ...header }),
    ...[24, 12, 64, 16].map(bytes => Buffer.alloc(bytes, 1).toString('base64url'))
  ].join('.')

export const rfc8725bis: Standard = {
  name: 'draft-ietf-oauth-rfc8725bis-08',
  title: 'JSON Web Token Best Current Practices, the additions to RFC 8725',
  date: '1 August 2026',
  table: 'rfc8725bis',
  start: startIssuerWorld,
  scenarios: [
    must(
      '§3.1',
      'alg is compared with a list of allowed names, to the letter: es256 or Es256 is no ES256',
      async (world: IssuerWorld, t) => {
        const { accessToken } = await validJwts(world)
        const signer = createProofSigner()
        for (const alg of ['es256', 'Es256', 'eS256', ' ES256', 'ES256 ', 'ES256\u0000', 'ЕS256']) {
          const proof = signer.prove(proofClaims(world.app, ['POST', '/token']), { alg })
          assertBearerRefused(t, await world.me(withAlg(world, accessToken, alg)), 'invalid_token')
          const idToken = world.provider.idToken({}, { alg: 'ES256', header: { alg } })
          assertRefused(t, await world.present(idToken), 'invalid_request')
          assertRefused(t, await world.token(passwordForm, { dpop: proof }), 'invalid_dpop_proof')
        }
        t.equal((await world.me(withAlg(world, accessToken, 'ES256'))).status, 200)
        await assertAcceptedInPlace(t, world)
      }
    ),
    must('§3.1', 'each key is used with exactly one algorithm', [
      [
        'plugins/jwt.test.ts',
        'Each key is used with exactly one algorithm (draft-ietf-oauth-rfc8725bis §3.1, RFC 9864 §2)'
      ],
      [
        'verifier.test.ts',
        'Offline: a key of Ed25519 verifies no EdDSA, and the reverse (draft-ietf-oauth-rfc8725bis §3.1)'
      ]
    ]),
    should('§3.2', 'a deployment can use Ed25519, a fully specified name, in place of EdDSA', [
      [
        'conformance/rfc8725.ts',
        'RFC 8725 §3.2: with SIGNING_ALG Ed25519 every token is signed with it and verifies through the published keys'
      ]
    ]),
    must(
      '§3.3',
      'only signed JWTs are taken: one that is encrypted to a published key is refused, also around a valid one',
      async (world: IssuerWorld, t) => {
        const [own] = (await world.send('GET', '/.well-known/jwks.json')).body.keys
        const theirs = world.provider.jwks().find(({ alg }) => alg === 'ES256') as JsonWebKey
        const { accessToken, idToken, proof } = await validJwts(world)
        for (const key of [own, theirs])
          for (const jwt of [accessToken, idToken, proof]) {
            const claims = JSON.stringify(decodeJwt(jwt))
            await assertRefusedEverywhere(t, world, await encryptTo(key, claims, { kid: key.kid, typ: 'at+jwt' }))
            await assertRefusedEverywhere(t, world, await encryptTo(key, jwt, { kid: key.kid, cty: 'JWT' }))
          }
        await assertAcceptedInPlace(t, world)
      }
    ),
    must('§3.3', 'sallyport/verifier and the programs of its page take no encrypted token either', [
      ['verifier.test.ts', 'Offline: tokens that RFC 9068 §4 and RFC 8725 rule out are refused, all in the same words'],
      ['assurance/published/apis.test.ts', 'The module in JavaScript refuses what docs/apis.md rules out']
    ]),
    must('§3.10', 'no URL in a token is fetched, and keys come from the issuers in the settings alone', [
      [
        'conformance/attacks.ts',
        'RFC 8725 §3.10: a key at a URL in the token is not used, and the URL is never asked: jku, x5u'
      ],
      [
        'conformance/oidc.ts',
        'RFC 8725 §3.10: a key in the header of an ID token, or at a URL there, is not used: jwk, x5c, jku, x5u'
      ]
    ]),
    must('§3.11', 'a typ without a slash is the same as with application/ before it', [
      [
        'conformance/rfc9068.ts',
        'RFC 9068 §4: typ at+jwt and application/at+jwt are accepted, in any case; an aud list has to contain the audience'
      ],
      [
        'auth/identities/id-tokens.test.ts',
        'A header that the server does not accept is refused before any key is looked for (RFC 8725 §3)'
      ]
    ]),
    must(
      '§3.12',
      'an access token, an ID token and a proof are each refused in the place of the others',
      async (world: IssuerWorld, t) => {
        const { accessToken, idToken, proof } = await validJwts(world)
        for (const jwt of [idToken, proof]) assertBearerRefused(t, await world.me(jwt), 'invalid_token')
        for (const jwt of [accessToken, proof]) assertRefused(t, await world.present(jwt), 'invalid_request')
        for (const dpop of [accessToken, idToken])
          assertRefused(t, await world.token(passwordForm, { dpop }), 'invalid_dpop_proof')
        await assertAcceptedInPlace(t, world)
      }
    ),
    must(
      '§3.12',
      'a JWT with the claims of all three kinds and a right signature is of the kind that its typ says',
      async (world: IssuerWorld, t) => {
        const { provider } = world
        const { access_token } = await world.tokens()
        const signer = createProofSigner()
        const ofAll = { ...decodeJwt(access_token), ...proofClaims(world.app, ['POST', '/token']) }
        const { nonce, ...others } = ofAll
        const ofIdToken = { ...others, iss: provider.issuer, aud: 'app', sub: 'alice' }
        for (const typ of ['dpop+jwt', 'JWT'])
          assertBearerRefused(t, await world.me(await world.mint(ofAll, { typ })), 'invalid_token')
        for (const typ of ['dpop+jwt', 'at+jwt'])
          assertRefused(t, await world.present(provider.idToken(ofIdToken, { header: { typ } })), 'invalid_request')
        for (const typ of ['at+jwt', 'JWT'])
          assertRefused(
            t,
            await world.token(passwordForm, { dpop: signer.prove(ofAll, { typ }) }),
            'invalid_dpop_proof'
          )
        t.equal((await world.me(await world.mint(ofAll))).status, 200)
        assertLoggedIn(t, await world.present(provider.idToken(ofIdToken)))
        t.equal((await world.token(passwordForm, { dpop: signer.prove(ofAll) })).status, 200)
      }
    ),
    should(
      '§3.13',
      'a p2c of two billion costs nothing: no JWT is decrypted with a password',
      async (world: IssuerWorld, t) => {
        for (const alg of ['PBES2-HS256+A128KW', 'PBES2-HS512+A256KW'])
          await assertRefusedEverywhere(t, world, jweOf({ alg, p2c: 2 ** 31 - 1, p2s: 'AAAAAAAAAAAAAAAA' }))
        await assertAcceptedInPlace(t, world)
      }
    ),
    must(
      '§3.14',
      'a JWS in the JSON serialization is no JWT, flattened or general, with a right signature or with dots',
      async (world: IssuerWorld, t) => {
        const { accessToken, idToken, proof } = await validJwts(world)
        for (const jwt of [accessToken, idToken, proof]) {
          const [header = '', payload = '', signature = ''] = jwt.split('.')
          const forged = encode({ ...decodeJwt(jwt), sub: 'root' })
          for (const text of [
            { protected: header, payload, signature },
            { payload, signatures: [{ protected: header, signature }] },
            // A program that splits it at the dots would find other claims than those that were signed.
            { protected: header, x: `.${forged}.`, payload, signature }
          ])
            await assertRefusedEverywhere(t, world, JSON.stringify(text))
        }
        await assertAcceptedInPlace(t, world)
      }
    ),
    should(
      '§3.15',
      'a payload that would be large when decompressed is never decompressed: zip is refused',
      async (world: IssuerWorld, t) => {
        for (const zip of ['DEF', 'GZ']) await assertRefusedEverywhere(t, world, jweOf({ alg: 'dir', zip }))
        const { accessToken } = await validJwts(world)
        // In a JWS, zip is no header that this server knows: the payload is read as it is.
        t.equal((await world.me(await world.mint(decodeJwt(accessToken), { zip: 'DEF' } as never))).status, 200)
      }
    )
  ],
  notApplicable: [
    excluded(
      '§3.3, §3.4, §3.6',
      'nested JWTs, inputs of ECDH-ES, compression',
      'The server neither makes nor decrypts a JWE. Sealed values of its own are no JWTs.'
    ),
    excluded(
      '§3.10',
      'a host that a token names may not resolve to a local address',
      'No token names a host that is asked. The issuers are in the settings, where the operator may name a local one.'
    )
  ],
  readings: [
    reading(
      'all',
      'Which text was read?',
      '-08 whole. What later revisions, up to -10 of 21 August 2026, are said to change asks nothing more of a server.'
    ),
    reading(
      '§3.11',
      'Is application/dpop+jwt the type of a proof?',
      'No: RFC 9449 §4.3 asks for the value dpop+jwt itself, and this is what clients send.'
    )
  ]
}

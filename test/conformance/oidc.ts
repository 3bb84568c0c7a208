import { decodeJwt } from 'jose'
import { generateIssuerKey } from '../support/identity-provider.ts'
import { startSite } from '../support/site.ts'
import { assertLoggedIn, type IssuerWorld, startIssuerWorld } from './id-tokens.ts'
import { decision, excluded, must, reading, type Standard, should } from './scenarios.ts'
import { assertRefused } from './world.ts'

export const oidc: Standard = {
  name: 'OpenID Connect Core 1.0',
  title: 'Validation of ID tokens',
  date: 'December 2023',
  table: 'oidc',
  start: startIssuerWorld,
  scenarios: [
    must('§3.1.3.7 (2)', 'iss is exactly that of a configured issuer; the request names none', [
      ['auth/identities/id-tokens.test.ts', 'Only the exact issuers that are configured are known']
    ]),
    must('§3.1.3.7 (3)', 'aud names a client id of the issuer, and no other audience', [
      [
        'auth/identities/id-token-claims.test.ts',
        'The claims of an ID token have to follow each rule (OpenID Connect Core 1.0 §2, §3.1.3.7)'
      ]
    ]),
    should('§3.1.3.7 (4)', 'a token with two audiences has an azp', async ({ presentClaims }: IssuerWorld, t) => {
      assertRefused(t, await presentClaims({ aud: ['app', 'app'] }), 'invalid_request')
      assertLoggedIn(t, await presentClaims({ aud: ['app', 'app'], azp: 'app' }))
    }),
    should('§3.1.3.7 (5)', 'an azp that is present is a client id of the issuer', [
      [
        'auth/identities/id-token-claims.test.ts',
        'The claims of an ID token have to follow each rule (OpenID Connect Core 1.0 §2, §3.1.3.7)'
      ]
    ]),
    must('§3.1.3.7 (6)', 'the signature is verified with a key of the issuer, of each of its algorithms', [
      ['auth/identities/id-tokens.test.ts', 'An ID token of each algorithm is verified, with one look-up of the keys'],
      ['auth/identities/id-tokens.test.ts', 'Forged and altered tokens are refused']
    ]),
    should('§3.1.3.7 (7)', 'alg is RS256, PS256, ES256 or EdDSA; none and an alg that the key is not for are refused', [
      [
        'auth/identities/id-tokens.test.ts',
        'A header that the server does not accept is refused before any key is looked for (RFC 8725 §3)'
      ],
      ['auth/identities/id-tokens.test.ts', 'Exactly one key of the issuer has to fit']
    ]),
    decision('§3.1.3.7 (8)', 'an HMAC is refused, with any secret, also with the public key as the secret', [
      [
        'auth/identities/id-tokens.test.ts',
        'A header that the server does not accept is refused before any key is looked for (RFC 8725 §3)'
      ]
    ]),
    must('§3.1.3.7 (9)', 'the current time is before exp, which is required', [
      [
        'auth/identities/id-token-claims.test.ts',
        'The claims of an ID token have to follow each rule (OpenID Connect Core 1.0 §2, §3.1.3.7)'
      ]
    ]),
    decision('§3.1.3.7 (10)', 'iat is required, at most ten minutes old, and at most a minute ahead', [
      [
        'auth/identities/id-token-claims.test.ts',
        'The claims of an ID token have to follow each rule (OpenID Connect Core 1.0 §2, §3.1.3.7)'
      ]
    ]),
    must('§3.1.3.7 (11)', 'the nonce of the request is in the token, and a nonce in the token is in the request', [
      [
        'auth/identities/id-token-claims.test.ts',
        'A nonce is that of the request, or its SHA-256 as Apple has it (§3.1.2.1)'
      ]
    ]),
    decision(
      '§3.1.3.7 (11)',
      "the token may have the SHA-256 of the nonce, in hex or base64url, as on Apple's devices",
      [
        [
          'auth/identities/id-token-claims.test.ts',
          'A nonce is that of the request, or its SHA-256 as Apple has it (§3.1.2.1)'
        ]
      ]
    ),
    must('§2', 'sub is required, and is text of 1 to 255 ASCII characters', [
      [
        'auth/identities/id-token-claims.test.ts',
        'The claims of an ID token have to follow each rule (OpenID Connect Core 1.0 §2, §3.1.3.7)'
      ]
    ]),
    must(
      '§5.7',
      'iss and sub alone name the account elsewhere: the same pair is one account here, with any address',
      async ({ presentClaims }: IssuerWorld, t) => {
        const subOf = async (claims: Record<string, unknown>) => {
          const answer = await presentClaims(claims)
          assertLoggedIn(t, answer)
          return decodeJwt(answer.body.access_token).sub
        }
        const first = await subOf({ sub: '1', email: 'bob@example.com' })
        t.equal(await subOf({ sub: '1', email: 'rob@example.com', nonce: undefined }), first)
        t.not(await subOf({ sub: '2', email: 'bob@example.com' }), first)
        t.not(await subOf({ sub: 'ALICE' }), await subOf({ sub: 'alice' }))
      }
    ),
    decision('§15.5.2', 'an ID token works once, with any signature, whether it has a nonce or not', [
      [
        'auth/identities/id-tokens.test.ts',
        'A token is spent with every signature that can be computed from one (RFC 6979 has r and n - s too)'
      ],
      ['auth/grants/id-token.test.ts', 'An ID token begins one login, on whichever node, and none beside a link']
    ]),
    should('§10.1.1', 'after a rotation of the keys, the kid of a token tells to fetch them again', [
      ['auth/identities/id-tokens.test.ts', 'New keys are fetched for an unknown kid, though not for a flood of them']
    ]),
    must('§10.1', 'a kid that the issuer does not have, or has twice, is refused', [
      ['auth/identities/id-tokens.test.ts', 'Exactly one key of the issuer has to fit']
    ]),
    must(
      'RFC 8725 §3.10',
      'a key in the header of an ID token, or at a URL there, is not used: jwk, x5c, jku, x5u',
      async ({ present, provider }: IssuerWorld, t) => {
        const { publicKey, privateKey: key } = generateIssuerKey('ES256')
        const asked: (string | undefined)[] = []
        const jku = await startSite(t, ({ url }, answer) => {
          asked.push(url)
          answer.end(JSON.stringify({ keys: [jwk] }))
        })
        const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'mine', alg: 'ES256' }
        for (const header of [{ jwk }, { jku }, { x5u: jku }, { x5c: ['MIIB'] }])
          for (const kid of ['mine', provider.kidOf('ES256')])
            assertRefused(t, await present(provider.idToken({}, { alg: 'ES256', kid, key, header })), 'invalid_request')
        t.same(asked, [])
      }
    ),
    must(
      'OpenID Connect Discovery 1.0 §4.3',
      'metadata that name another issuer than the configured one are not used: 503, as without metadata',
      [['auth/identities/id-tokens.test.ts', 'An answer of the issuer that cannot be used is none']]
    ),
    must(
      'OpenID Connect Back-Channel Logout 1.0 §2.4',
      'a logout token of the issuer is not an ID token',
      async ({ present, presentClaims, provider }: IssuerWorld, t) => {
        const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
        assertRefused(t, await presentClaims({ events }), 'invalid_request')
        assertRefused(t, await present(provider.idToken({}, { header: { typ: 'logout+jwt' } })), 'invalid_request')
      }
    )
  ],
  notApplicable: [
    excluded(
      '§3.1.3.7 (1)',
      'decryption of an encrypted ID token',
      'No key for it is registered with an issuer: one with five parts is refused.'
    ),
    excluded(
      '§3.1.3.7 (12)',
      'a requested acr is in the token',
      'The app requests the ID token, not this server. An ID token alone is one factor: `aal1`.'
    ),
    excluded(
      '§3.1.3.7 (13)',
      'a requested auth_time is recent',
      'The app requests the ID token. `auth_time` of a login is that of the ID token, if it has one and no second factor follows.'
    ),
    excluded(
      '§3.1.2, §3.1.3.8, §5.3',
      'authorization requests, access tokens (at_hash), the UserInfo endpoint',
      'This server takes no code and no access token of an issuer, and asks it for nothing but its keys.'
    )
  ],
  readings: [
    reading(
      '§3.1.3.7 (3)',
      'May a token have audiences that are not configured, if one is?',
      'No: "additional audiences not trusted by the Client" is every audience that the settings do not name.'
    ),
    reading(
      '§3.1.3.7 (6)',
      'TLS may stand in for the signature where the token comes from the issuer directly. Does it?',
      'No: it comes from an app.'
    )
  ]
}

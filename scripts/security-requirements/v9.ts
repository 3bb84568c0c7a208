import { chapter, type Requirement } from './requirement.ts'
import { accessTokens } from './shared.ts'

/** ASVS V9: access tokens. */
export const v9: Requirement[] = [
  ...chapter('V9.1 Token source and integrity', [
    [
      '9.1.1',
      '1',
      'The signature is verified before the content is used',
      'met',
      {
        where: ['plugins/jwt.ts', 'src/resource-server/access-token.ts'],
        tests: [
          'RFC 8725 §3.3: a signature by another key, of another token, altered, or missing is refused',
          'offline: tokens that RFC 9068 §4 and RFC 8725 rule out are refused, all in the same words'
        ]
      }
    ],
    [
      '9.1.2',
      '1',
      'Only algorithms of a list are accepted, and never none',
      'met',
      {
        where: ['plugins/jwt.ts', 'src/auth/keys/jwk.ts', 'src/resource-server/access-token.ts'],
        tests: [
          'RFC 8725 §3.1: alg none is refused in every spelling, with a signature and without',
          'RFC 8725 §3.1: HMAC with the public key as its secret is refused: PEM, DER and JWK',
          'RFC 8725 §3.1: the algorithm comes from the key, not from the header',
          'offline: tokens that RFC 9068 §4 and RFC 8725 rule out are refused, all in the same words'
        ]
      }
    ],
    [
      '9.1.3',
      '1',
      'Keys come from trusted sources only, never from a header of the token',
      'met',
      {
        where: ['src/auth/keys/keys.ts', 'src/resource-server/access-token.ts'],
        tests: [
          'RFC 8725 §3.10: a key in the token is not used: jwk, x5c',
          'RFC 8725 §3.10: a key at a URL in the token is not used, and the URL is never asked: jku, x5u',
          'offline: tokens that RFC 9068 §4 and RFC 8725 rule out are refused, all in the same words'
        ]
      }
    ]
  ]),
  ...chapter('V9.2 Token content', [
    [
      '9.2.1',
      '1',
      'A token is accepted only within its time of validity',
      'met',
      {
        where: [accessTokens, 'src/resource-server/access-token.ts'],
        tests: [
          'RFC 6750 §3.1: an access token is 401 invalid_token from the second of its exp on',
          'offline: optional claims are checked, with the leeway between clocks (RFC 9068 §4, RFC 7519 §4.1.4)'
        ]
      }
    ],
    [
      '9.2.2',
      '2',
      'A token of another type or purpose is refused',
      'met',
      {
        where: [accessTokens],
        tests: [
          'RFC 8725 §3.11: any typ other than at+jwt is refused, and so is a missing one',
          'RFC 8725 §3.12: a refresh token is not an access token'
        ]
      }
    ],
    [
      '9.2.3',
      '2',
      'A service accepts only tokens for itself',
      'met',
      {
        where: [accessTokens, 'src/resource-server/access-token.ts'],
        tests: [
          'RFC 8725 §3.9: another aud is refused',
          'RFC 8707 §2: the endpoints of the server refuse a token for another resource, also one with their scope',
          '…: a token of another issuer or for another API is refused (RFC 9068 §4)'
        ]
      }
    ],
    [
      '9.2.4',
      '2',
      'Tokens for different audiences, signed with one key, name their audience',
      'met',
      {
        where: ['src/auth/tokens/resources.ts'],
        tests: [
          'RFC 8707 §2.2: the aud of the access token is the resource alone, and its scope what the resource knows',
          'RFC 8707 §2: an unknown or malformed resource is invalid_target, with every grant, before the password is checked'
        ],
        note: '`RESOURCES` names the audiences; a client cannot bring its own. Without `resource` a token is for Sallyport, and for `AUDIENCE` where that is set.'
      }
    ]
  ])
]

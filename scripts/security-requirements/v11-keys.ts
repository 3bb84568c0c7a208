import { chapter, type Requirement } from './requirement.ts'
import { passwords, sealedTampered } from './shared.ts'

const secrets = 'src/auth/keys/secrets.ts'
const keys = 'src/auth/keys/keys.ts'
const jwk = 'src/auth/keys/jwk.ts'
const keyLife = 'a key is published, signs, and expires on both engines'

/** ASVS V11.1 and V11.2: keys, and cryptography in general. */
export const v11Keys: Requirement[] = [
  ...chapter('V11.1 Cryptographic Inventory and Documentation', [
    [
      '11.1.1',
      '2',
      'A policy for keys and their life follows a standard such as NIST SP 800-57',
      'in part',
      {
        where: ['docs/operating.md', 'docs/decisions/0026-issuer-keys.md'],
        tests: [keyLife, 'a key is replaced once, when it reaches the age of KEY_ROTATION'],
        note: 'Documents say how `SECRET` and the signing keys are made, stored, replaced and withdrawn. They follow no standard, and all nodes share `SECRET`.'
      }
    ],
    [
      '11.1.2',
      '2',
      'An inventory has all keys, algorithms and certificates, and what each may be used for',
      'in part',
      {
        where: ['SECURITY.md', secrets],
        note: 'The table "What is protected" and the decisions name the keys and algorithms. There is no inventory in one place.'
      }
    ],
    [
      '11.1.3',
      '3',
      'A search finds every use of cryptography',
      'in part',
      {
        where: ['test/cryptography.test.ts'],
        tests: ['the server encrypts, hashes and makes keys with these algorithms only (ASVS 11.3.2, 11.4.1)'],
        note: 'A test reads the sources of the server, and not those of the libraries.'
      }
    ],
    [
      '11.1.4',
      '3',
      'A plan leads to new standards, such as post-quantum cryptography',
      'not met',
      { note: 'There is no such plan. A new algorithm for tokens is a setting, once the JWT libraries have one.' }
    ]
  ]),
  ...chapter('V11.2 Secure Cryptography Implementation', [
    [
      '11.2.1',
      '2',
      'Cryptography comes from validated implementations',
      'met',
      {
        where: [secrets, 'docs/dependencies.md'],
        tests: [
          'verifies hashes of passlib (passlib.hash.bcrypt_sha256, its own test vectors)',
          'jose verifies … access tokens against the JWKS (RFC 9068 §4, RFC 7517)',
          'oathtool and the server agree on the codes of new secrets at many times (RFC 6238 §4)',
          'fido2 reads our options, and its … passkey is registered and logs in'
        ],
        note: 'OpenSSL by Node.js, and known libraries for bcrypt, JWT, one-time codes and WebAuthn; other implementations check the results.'
      }
    ],
    [
      '11.2.2',
      '2',
      'Algorithms and keys can be replaced, and data encrypted anew',
      'in part',
      {
        where: ['src/config/settings.ts', passwords, keys],
        tests: [
          'another SIGNING_ALG rotates to it and keeps the old key published, as in any rotation',
          'hashes in any form but the current one are upgraded at the next login',
          'encrypts signing keys, apps and recovery codes with the new secret, once',
          'the rolling change of the secret ends no login'
        ],
        note: 'Signatures, password hashes and `SECRET` can, and `sallyport secret rotate` encrypts anew. The ciphers and hashes of seals and tokens are fixed.'
      }
    ],
    [
      '11.2.3',
      '2',
      'Every primitive has 128 bits of security or more',
      'in part',
      {
        where: [secrets, jwk, 'src/auth/passkeys/cose-key.ts'],
        tests: [
          'a key is 256 bits, the same for one secret and purpose, and different for any other (RFC 5869)',
          'a key for … is a public JWK with its private half in PEM (RFC 7518 §6, RFC 8037 §2)'
        ],
        note: 'By default. RSA keys have 2,048 bits (`SIGNING_ALG=RS256`, and passkeys whose devices know nothing else), which are 112. A recovery code has 80, and a code of an app six digits.'
      }
    ],
    [
      '11.2.4',
      '3',
      'Operations take the same time for every input',
      'in part',
      {
        where: [secrets, 'src/auth/passwords/hash-forms.ts'],
        tests: [
          'strings are equal when every byte is equal (RFC 8725 §3.2: constant time)',
          'an unknown user or hash form costs one hash at the configured cost and never matches'
        ],
        note: 'Secrets are compared in constant time, or found by their hash. Imported hashes of other forms take another time than new ones.'
      }
    ],
    [
      '11.2.5',
      '3',
      'Failures reveal nothing and open nothing',
      'met',
      {
        where: [secrets, 'src/auth/keys/sealed-tokens.ts'],
        tests: [
          sealedTampered,
          'an invalid token gives the same refusal for every reason',
          'a failing verifier is an error, not a bad token (never a false 401)'
        ]
      }
    ]
  ])
]

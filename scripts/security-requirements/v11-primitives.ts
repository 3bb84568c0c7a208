import { chapter, type Requirement, without } from './requirement.ts'
import { passwords, randomBits, sealedTampered, yourMachine } from './shared.ts'

const secrets = 'src/auth/keys/secrets.ts'
const jwk = 'src/auth/keys/jwk.ts'
const sealedOpens = 'any sealed text opens to itself (AES-256-GCM, NIST SP 800-38D)'

/** ASVS V11.3 to V11.7: ciphers, hashes, random values and signatures. */
export const v11Primitives: Requirement[] = [
  ...chapter('V11.3 Encryption Algorithms', [
    [
      '11.3.1',
      '1',
      'No weak modes and paddings, such as ECB',
      'met',
      {
        where: [secrets],
        tests: [
          sealedOpens,
          'the server encrypts, hashes and makes keys with these algorithms only (ASVS 11.3.2, 11.4.1)'
        ],
        note: 'Of encryption. Signatures are in 11.6.1.'
      }
    ],
    [
      '11.3.2',
      '1',
      'Only approved ciphers and modes, such as AES-GCM',
      'met',
      { where: [secrets], tests: [sealedOpens] }
    ],
    ['11.3.3', '2', 'Encrypted data is protected from changes', 'met', { where: [secrets], tests: [sealedTampered] }],
    [
      '11.3.4',
      '3',
      'A nonce is used once for a key',
      'met',
      {
        where: [secrets, 'src/auth/keys/sealing.ts'],
        tests: [
          'each token is sealed with a key of its own (NIST SP 800-38D §8.3)',
          'the same text is sealed differently each time: no IV is reused (NIST SP 800-38D §8)'
        ],
        note: 'IVs are 96 random bits. Each auth session and code has a key of its own; the key of what is stored seals each account and signing key a few times, far below the 2³² of NIST SP 800-38D §8.3.'
      }
    ],
    ...without('AES-GCM does both.', [['11.3.5', '3', 'Encryption comes before the authentication code']])
  ]),
  ...chapter('V11.4 Hashing and Hash-based Functions', [
    [
      '11.4.1',
      '1',
      'Only approved hash functions',
      'in part',
      {
        where: [secrets, 'src/auth/second-factor/totp.ts'],
        note: 'SHA-256 everywhere, but codes of authenticator apps use HMAC-SHA-1, which most apps know alone (RFC 6238). It is not broken there.'
      }
    ],
    [
      '11.4.2',
      '2',
      'Passwords are stored with an approved, slow hash of current cost',
      'met',
      {
        where: [passwords, 'src/auth/passwords/bcrypt-sha256.ts'],
        tests: [
          'passwords are hashed according to the settings: cost, length, issuer and places in the queue',
          'a hash is upgraded when its scheme or cost is outdated, and never weakened',
          'under 50 ms is a warning to raise the cost, over one second a warning to lower it'
        ],
        note: 'bcrypt at cost 12 by default.'
      }
    ],
    [
      '11.4.3',
      '2',
      'Hashes of signatures and integrity have 256 bits',
      'met',
      {
        where: [jwk, 'src/store/audit/seals.ts'],
        tests: [
          'a kid is the thumbprint of the key, as in the example of RFC 7638 §3.1',
          'mac and sha256 are 43 characters of base64url (RFC 4648 §5)',
          'SIGNING_ALG=… creates a key of that algorithm (RFC 9068 §2.1)'
        ]
      }
    ],
    ...without('No key comes from a password. `SECRET` is random, and `doctor` names one that is not.', [
      ['11.4.4', '2', 'Keys from passwords are stretched']
    ])
  ]),
  ...chapter('V11.5 Random Values', [
    [
      '11.5.1',
      '2',
      'What must not be guessed has 128 random bits of a secure generator',
      'in part',
      {
        where: [secrets, 'src/auth/second-factor/recovery-codes.ts'],
        tests: [randomBits, 'an authenticator app has a secret of 160 bits, a URI and a QR code (RFC 4226 §4)'],
        note: 'Secrets, links and challenges have 256 bits. Recovery codes, which people type, have 80, and every attempt is counted.'
      }
    ],
    [
      '11.5.2',
      '3',
      'The generator works under load',
      'met',
      { where: [secrets], tests: [randomBits], note: 'The generator of OpenSSL, which never runs dry.' }
    ]
  ]),
  ...chapter('V11.6 Public Key Cryptography', [
    [
      '11.6.1',
      '2',
      'Keys and signatures are of approved algorithms',
      'in part',
      {
        where: [jwk, 'src/auth/passkeys/cose-key.ts'],
        tests: [
          'a key for … is a public JWK with its private half in PEM (RFC 7518 §6, RFC 8037 §2)',
          'the options name the account, our algorithms and its passkeys (WebAuthn L3 §5.4)'
        ],
        note: 'ES256 by default, and EdDSA. `SIGNING_ALG=RS256` and some passkeys sign with PKCS#1 v1.5, which ASVS no longer approves.'
      }
    ],
    ...without('Sallyport exchanges no keys; TLS does.', [
      ['11.6.2', '3', 'Key exchange uses approved algorithms and parameters']
    ])
  ]),
  ...chapter('V11.7 In-Use Data Cryptography', [
    ...without(yourMachine, [['11.7.1', '3', 'Memory is encrypted']]),
    [
      '11.7.2',
      '3',
      'Data in use is as little as possible, and encrypted as soon as possible',
      'not met',
      { note: '`SECRET` and the signing keys are in memory, unencrypted, while the server runs.' }
    ]
  ])
]

import { chapter, type Requirement, without } from './requirement.ts'
import {
  afterReset,
  authSessions,
  codeWorksOnce,
  enrolment,
  factorCodes,
  newFactor,
  noProviders,
  oneTimeTokens,
  passwordReset,
  publicKeysInDatabase,
  recoveryCodes,
  recoveryCodeWorksOnce,
  rightCodes,
  secondFactors,
  totp,
  userAdmin
} from './shared.ts'

/** ASVS V6.4 to V6.8: second factors and recovery. */
export const v6Factors: Requirement[] = [
  ...chapter('V6.4 Authentication Factor Lifecycle and Recovery', [
    [
      '6.4.1',
      '1',
      'Generated first passwords and codes are random, short-lived or used once, and do not stay',
      'met',
      {
        where: [oneTimeTokens],
        tests: [
          'a link is created when its message is sent, and the queue has no secret',
          'once: of twenty concurrent uses of a token one succeeds'
        ],
        note: 'Sallyport generates no passwords. Links have 256 random bits. Recovery codes stay until they are used: they are look-up secrets (6.5).'
      }
    ],
    ['6.4.2', '1', 'There are no hints and no secret questions', 'met', { where: ['routes/users.ts'] }],
    [
      '6.4.3',
      '2',
      'A forgotten password is reset securely, without a way around a second factor',
      'met',
      {
        where: [passwordReset, oneTimeTokens],
        tests: [
          'by a link; every session ends, and the owner is notified',
          'an invalid token gives the same refusal for every reason',
          afterReset
        ],
        note: 'A reset removes no factor.'
      }
    ],
    [
      '6.4.4',
      '2',
      'A lost second factor is replaced only with as much proof of identity as at enrolment',
      'in part',
      {
        where: [recoveryCodes, secondFactors],
        tests: [recoveryCodeWorksOnce, 'an administrator sees and removes them, but no secret'],
        note: 'Sallyport proves no identities. An owner uses a recovery code or another factor, beside the password. Without any, an administrator removes the factors, after a check of who asks that is outside of Sallyport.'
      }
    ],
    [
      '6.4.5',
      '3',
      'Users are reminded before a way to authenticate expires',
      'not applicable',
      { note: 'Passwords, second factors and client secrets do not expire.' }
    ],
    [
      '6.4.6',
      '3',
      'Administrators can start a reset and cannot choose the password',
      'in part',
      {
        where: [userAdmin, 'src/commands/users.ts'],
        note: 'Over HTTP they cannot. An operator with a terminal on the server can, by `users set-password`.'
      }
    ]
  ]),
  ...chapter('V6.5 General Multi-factor authentication requirements', [
    [
      '6.5.1',
      '2',
      'Look-up secrets, out-of-band codes and time-based codes work once',
      'met',
      { where: [factorCodes, 'src/store/spent.ts'], tests: [codeWorksOnce, recoveryCodeWorksOnce] }
    ],
    [
      '6.5.2',
      '2',
      'Short look-up secrets are stored with a salted password hash',
      'in part',
      {
        where: [recoveryCodes],
        tests: [recoveryCodeWorksOnce],
        note: 'A recovery code has 80 random bits, and 112 would need no password hash. It is stored as HMAC-SHA-256 of the code and the id of the account, under a random key of the account, which is sealed with a key from `SECRET`: a copy of the database alone is not enough to guess a code, but with `SECRET` no slow hash stands in the way.'
      }
    ],
    [
      '6.5.3',
      '2',
      'Secrets and seeds come from a cryptographic random generator',
      'met',
      { where: [totp, recoveryCodes], tests: [enrolment, newFactor] }
    ],
    [
      '6.5.4',
      '2',
      'Look-up secrets and out-of-band codes have 20 bits or more',
      'met',
      { where: [recoveryCodes], tests: [newFactor], note: '80.' }
    ],
    [
      '6.5.5',
      '2',
      'Out-of-band codes live for 10 minutes, time-based codes for 30 seconds',
      'in part',
      {
        where: [totp],
        tests: [rightCodes],
        note: 'The code of the half minute before is valid too, as RFC 6238 §5.2 allows, so a code lives for 60 seconds at most. A code of the future is never valid.'
      }
    ],
    [
      '6.5.6',
      '3',
      'Every factor can be revoked when it is lost or stolen',
      'met',
      {
        where: [userAdmin, secondFactors, 'src/commands/users.ts'],
        tests: [
          'a forced reset invalidates the password and ends every session, and returns neither',
          'removing the last factor makes the password enough again, and is told by mail',
          'new recovery codes replace the old ones, and need a second factor',
          'an administrator sees and removes them, but no secret'
        ]
      }
    ],
    ...without('Sallyport compares no biometrics. A device may do so before it uses the key of a passkey.', [
      ['6.5.7', '3', 'Biometrics are used only beside another factor']
    ]),
    [
      '6.5.8',
      '3',
      'Time-based codes are checked against a trusted clock',
      'met',
      {
        where: [totp, 'src/auth/database-clock.ts'],
        tests: [rightCodes],
        note: 'The clock of the server. No request can name a time.'
      }
    ]
  ]),
  ...chapter(
    'V6.6 Out-of-Band authentication mechanisms',
    without('There is no out-of-band authentication: no codes by telephone or mail, and no push messages.', [
      ['6.6.1', '2', 'Codes by telephone go to validated numbers only, beside stronger ways; none at level 3'],
      ['6.6.2', '2', 'An out-of-band code is bound to the request that it was made for'],
      ['6.6.3', '2', 'Guessing out-of-band codes is limited'],
      ['6.6.4', '3', 'Push messages are limited, so that a user is not worn down by them']
    ])
  ),
  ...chapter('V6.7 Cryptographic authentication mechanism', [
    [
      '6.7.1',
      '3',
      'Certificates that verify an authentication are protected from modification',
      'in part',
      { where: ['src/store/second-factors.ts', 'src/auth/passkeys/attestation.ts'], note: publicKeysInDatabase }
    ],
    ['6.7.2', '3', 'The challenge has 64 bits or more and never repeats', 'met', { where: [authSessions] }]
  ]),
  ...chapter(
    'V6.8 Authentication with an Identity Provider',
    without(noProviders, [
      ['6.8.1', '2', 'A user of one identity provider cannot pose as the user of another'],
      ['6.8.2', '2', 'Signatures of assertions are required and verified'],
      ['6.8.3', '2', 'A SAML assertion is used once'],
      ['6.8.4', '2', 'Strength and age of the login at the identity provider are checked where they matter']
    ])
  )
]

import { chapter, type Requirement, without } from './requirement.ts'
import {
  appCloses,
  assertion,
  authSessions,
  codesCounted,
  codeWorksOnce,
  enrolment,
  factorCodes,
  newFactor,
  passwordReset,
  publicKeysInDatabase,
  recoveryCodes,
  recoveryCodeWorksOnce,
  rightCodes,
  throttle,
  totp
} from './shared.ts'

/** NIST SP 800-63B-4 §3.1.2 to §3.1.7: other authenticators. */
export const nistAuthenticators: Requirement[] = [
  ...chapter('§3.1.2 to §3.1.7 Other authenticators', [
    [
      '3.1.2.1',
      'SHALL',
      'Look-up secrets are random, have six digits or more, and are delivered securely',
      'met',
      {
        where: [recoveryCodes, 'routes/factors.ts'],
        tests: [newFactor, 'new recovery codes replace the old ones, and need a second factor'],
        note: 'Recovery codes have 80 bits. They are shown once, to a login that has just shown two factors.'
      }
    ],
    [
      '3.1.2.2',
      'SHALL',
      'Look-up secrets work once, are stored as hashes, and guessing them is limited',
      'in part',
      {
        where: [recoveryCodes, factorCodes, throttle],
        tests: [recoveryCodeWorksOnce, codesCounted],
        note: 'They do and are. But the hash is HMAC-SHA-256 under a key that `SECRET` seals, and not a password hash, which secrets of less than 112 bits should have. The user may take any of the ten codes; none is asked for by its number.'
      }
    ],
    [
      '3.1.3.1',
      'SHALL',
      'E-mail is not used for out-of-band authentication',
      'met',
      {
        where: [passwordReset],
        tests: ['by a link; every session ends, and the owner is notified'],
        note: 'Mail serves recovery only (§4.2).'
      }
    ],
    ...without('There is no out-of-band authentication.', [
      ['3.1.3.1', 'SHALL', 'An out-of-band device has a separate, authenticated channel'],
      ['3.1.3.2', 'SHALL', 'Out-of-band secrets are random, work once within 10 minutes, and guessing them is limited'],
      ['3.1.3.3', 'SHALL', 'The telephone network is used only with the restrictions of §3.2.9'],
      ['3.1.3.4', 'SHALL', 'A multi-factor out-of-band authenticator needs its activation factor at each use']
    ]),
    [
      '3.1.4.1',
      'SHALL',
      'One-time passwords come from a key of 112 bits or more and change within two minutes',
      'met',
      { where: [totp], tests: [enrolment, rightCodes], note: '160 bits, and 30 seconds.' }
    ],
    [
      '3.1.4.2',
      'SHALL',
      'A one-time password works once; its key is protected, and guessing is limited',
      'in part',
      {
        where: [factorCodes, 'src/auth/keys/secrets.ts', throttle],
        tests: [codeWorksOnce, codesCounted, appCloses, 'an administrator sees and removes them, but no secret'],
        note: 'The key is encrypted with AES-256-GCM under a key from `SECRET`. A code that is sent after the password, in the same field, counts as a wrong password, with the limits of §3.2.2 for passwords.'
      }
    ],
    ...without('Sallyport cannot know whether an app asks for a PIN, so it counts every app as a single factor.', [
      ['3.1.5.1', 'SHALL', 'A multi-factor OTP authenticator needs its activation factor at each use'],
      [
        '3.1.5.2',
        'SHALL',
        'The verifier of multi-factor OTPs protects keys, accepts each code once and limits guessing'
      ]
    ]),
    ...without('Passkeys use public keys, but no login is AAL3.', [
      ['3.1.6', 'SHALL', 'Single-factor cryptographic authenticators of AAL3 use public keys']
    ]),
    ...without('A duty of the authenticator. Sallyport asks for no attestation of it.', [
      ['3.1.6.1', 'SHALL', 'Their keys are protected in the device']
    ]),
    [
      '3.1.6.2',
      'SHALL',
      'Their verifier protects its keys and uses challenges of 64 bits or more',
      'in part',
      { where: [authSessions, assertion, 'src/store/second-factors.ts'], note: publicKeysInDatabase }
    ],
    ...without('Passkeys use public keys, but no login is AAL3.', [
      ['3.1.7', 'SHALL', 'Multi-factor cryptographic authenticators of AAL3 use public keys']
    ]),
    ...without('A duty of the authenticator, which says in its response whether it has verified the user.', [
      ['3.1.7.1', 'SHALL', 'Their keys need an activation factor at each use']
    ]),
    [
      '3.1.7.2',
      'SHALL',
      'Their verifier treats a login without the activation factor as single-factor',
      'met',
      {
        where: ['src/auth/login/insufficient-authorization.ts', assertion],
        tests: [
          'without verification of the user, a passkey needs the password too',
          'a passkey that does not verify its user logs in only after the password'
        ],
        note: 'A passkey that has not verified its user counts only beside the password.'
      }
    ],
    ...without('There are no wallets.', [
      ['3.1.7.3', 'SHALL', 'Wallets are used by federation, with signed assertions for one audience']
    ])
  ])
]

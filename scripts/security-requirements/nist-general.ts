import { chapter, type Requirement, without } from './requirement.ts'
import {
  appCloses,
  assertion,
  authSessions,
  codeWorksOnce,
  factorCodes,
  recoveryCodeWorksOnce,
  secondFactors,
  throttle,
  userAdmin
} from './shared.ts'

/** NIST SP 800-63B-4 §3.2: authenticators in general. */
export const nistGeneral: Requirement[] = [
  ...chapter('§3.2 General authenticator requirements', [
    [
      '3.2.1',
      'SHALL',
      'Subscribers learn how to protect their authenticator, and can have it invalidated at once',
      'in part',
      {
        where: ['src/auth/mail/messages.ts', userAdmin, secondFactors],
        tests: [
          'every message names the service and says what to do if it was not you',
          'a forced reset invalidates the password and ends every session, and returns neither',
          'removing the last factor makes the password enough again, and is told by mail',
          'an administrator sees and removes them, but no secret'
        ],
        note: 'Owners and administrators remove a second factor; an administrator invalidates the password, and the owner replaces it. Instructions to protect them are the task of your app.'
      }
    ],
    [
      '3.2.2',
      'SHALL',
      'After 100 consecutive failures at an account at most, the authenticator is disabled',
      'in part',
      {
        tests: [
          'after 100 failures in a row, only known networks and a new password help (NIST SP 800-63B-4 §3.2.2)',
          'failures at a known prefix do not count for others (decision 34)',
          appCloses
        ],
        where: [throttle, 'src/auth/throttle/backoff.ts'],
        note: 'An authenticator app closes after 100 wrong codes in a row, until the owner, who logs in with a recovery code or a passkey, replaces it. Passwords: from networks that the owner has never logged in from, attempts end after 100, until the owner logs in elsewhere or sets a new password. From a network of the owner they only wait, with about eleven an hour, so that an attacker cannot lock the owner out.'
      }
    ],
    [
      '3.2.2',
      'SHOULD',
      'A successful authentication forgets the failures before it',
      'met',
      {
        where: [throttle],
        tests: [
          'a login from a known prefix clears the counter of that prefix only (decision 34)',
          'right passwords forgive ten failures an hour, and save up no more than ten (decision 34)',
          appCloses
        ],
        note: 'A right code ends the series of its app. The waits after wrong codes end by time alone.'
      }
    ],
    ...without('Sallyport compares no biometrics. A device may do so before it uses the key of a passkey.', [
      ['3.2.3', 'SHALL', 'Biometrics are used only with a physical authenticator, beside another way'],
      ['3.2.3.1', 'SHALL', 'The biometric system is accurate for all groups of people'],
      ['3.2.3.2', 'SHALL', 'The biometric system detects presentation attacks'],
      ['3.2.3.3', 'SHALL', 'Failed biometric attempts are limited, and samples are protected'],
      ['3.2.3.4', 'SHALL', 'Biometric samples are erased after use']
    ]),
    ...without('Sallyport asks passkeys for no attestation.', [
      ['3.2.4', 'SHALL', 'Attestations of authenticators are signed']
    ]),
    [
      '3.2.5',
      'SHALL',
      'Authentication that has to resist phishing is bound to the channel or the name of the verifier',
      'in part',
      {
        where: [assertion, 'src/auth/passkeys/client-data.ts'],
        tests: [
          'only pages of RP_ORIGINS add and use passkeys (WebAuthn L3 §7.1, §7.2)',
          'a passkey of another RP ID is refused (WebAuthn L3 §7.1 step 14, §7.2 step 15)'
        ],
        note: 'Passkeys are bound to the domain in `RP_ID`; AAL2 has to offer them, and need not require them. Passwords and every code that a user types in can be phished.'
      }
    ],
    ...without('Verifier and credential service are one server.', [
      ['3.2.6', 'SHALL', 'Verifier and credential service talk over a mutually authenticated channel']
    ]),
    [
      '3.2.7',
      'definition',
      'Authentication that has to resist replay cannot be replayed',
      'met',
      {
        where: [factorCodes, 'src/store/spent.ts', authSessions],
        tests: [
          codeWorksOnce,
          recoveryCodeWorksOnce,
          'an auth session works once, for its client, until something changes',
          'a response works once, and only for its own login'
        ],
        note: 'Codes, recovery codes and responses of passkeys work once. A password alone can be replayed, which AAL1 allows.'
      }
    ],
    ...without(
      'Only AAL3 needs it. A user who types in a code shows it, and so does one who touches the device of a passkey.',
      [['3.2.8', 'SHALL', 'The authenticator establishes the intent to authenticate']]
    ),
    ...without('The telephone network, the only restricted authenticator, is not used.', [
      ['3.2.9', 'SHALL', 'Restricted authenticators have an alternative, a notice and a plan to leave them']
    ]),
    ...without('A duty of the authenticator and of the browser.', [
      ['3.2.10', 'SHALL', 'Activation secrets have four characters or more and ten attempts'],
      ['3.2.11', 'SHALL', 'A connected authenticator has a trustworthy connection to the endpoint']
    ]),
    [
      '3.2.12',
      'SHALL',
      'Random values come from an approved generator of 112 bits or more',
      'met',
      {
        where: ['src/auth/keys/secrets.ts'],
        tests: ['a random secret is 256 bits and unique (RFC 6749 §10.10)'],
        note: 'The generator of OpenSSL, in Node.js; whether it is a validated module depends on your Node.js.'
      }
    ],
    ...without('Sallyport calls no key non-exportable: passkeys may be synchronized.', [
      ['3.2.13', 'SHALL', 'Keys that are called non-exportable cannot leave their hardware']
    ])
  ])
]

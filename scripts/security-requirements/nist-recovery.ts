import { chapter, type Requirement, without } from './requirement.ts'
import {
  afterReset,
  codesCounted,
  factorCodes,
  newFactor,
  oneTimeTokens,
  passwordReset,
  recoveryCodes,
  recoveryCodeWorksOnce,
  secondFactors
} from './shared.ts'

/** NIST SP 800-63B-4 §4: binding and recovery. */
export const nistRecovery: Requirement[] = [
  ...chapter('§4.1 Authenticator binding', [
    [
      '4.1',
      'SHALL',
      'All authenticators of an account are recorded, with the times of their changes',
      'in part',
      {
        where: ['src/auth/audit/audit-events.ts', secondFactors],
        tests: [newFactor, 'removing the last factor makes the password enough again, and is told by mail'],
        note: 'The account has its present factors. Former ones are in the audit trail, for as long as `AUDIT_RETENTION` says.'
      }
    ],
    [
      '4.1.2.1',
      'SHALL',
      'The subscriber is notified of every new authenticator',
      'in part',
      {
        where: ['src/auth/mail/mail.ts', secondFactors],
        tests: [newFactor],
        note: 'At the verified address. An account without one cannot be notified.'
      }
    ]
  ]),
  ...chapter('§4.2 Account recovery', [
    [
      '4.2.1',
      'SHALL',
      'At least one method of recovery is supported',
      'met',
      {
        where: [passwordReset],
        tests: ['by a link; every session ends, and the owner is notified'],
        note: 'Issued recovery codes, as links by mail, for the password, and saved ones for a second factor.'
      }
    ],
    [
      '4.2.1.1',
      'SHALL',
      'Saved recovery codes have 64 bits, are stored as hashes, work once, and are then replaced',
      'in part',
      {
        where: [recoveryCodes, factorCodes],
        tests: [
          newFactor,
          recoveryCodeWorksOnce,
          codesCounted,
          'new recovery codes replace the old ones, and need a second factor'
        ],
        note: 'There are ten, of 80 bits. A used code is not replaced by a new one: the owner requests ten new ones, and the verified address is notified.'
      }
    ],
    [
      '4.2.1.2',
      'SHALL',
      'Issued recovery codes are random, with six digits or more',
      'met',
      {
        where: [oneTimeTokens],
        tests: [
          'a random secret is 256 bits and unique (RFC 6749 §10.10)',
          'once: of twenty concurrent uses of a token one succeeds'
        ]
      }
    ],
    [
      '4.2.1.2',
      'SHALL',
      'A code by mail is valid for 24 hours at most',
      'met',
      {
        where: [oneTimeTokens],
        tests: ['an invalid token gives the same refusal for every reason'],
        note: 'One hour.'
      }
    ],
    [
      '4.2.1.2',
      'SHALL',
      'Guessing recovery codes is limited as in §3.2.2',
      'in part',
      {
        where: [oneTimeTokens],
        note: 'Requests for links are limited, and links have 256 bits. Attempts at links are not counted.'
      }
    ],
    [
      '4.2.1.2',
      'SHALL',
      'A recovery address is verified by a code before it counts',
      'met',
      {
        where: ['src/auth/mail/recipients.ts', 'src/auth/users/email-verification.ts'],
        tests: [
          'only a verified address recovers an account',
          'an administrator invites the owner of an account that has never been used'
        ],
        note: 'An account that was never used gets its first password by a link to its unverified address, as an invitation.'
      }
    ],
    [
      '4.2.1.2',
      'SHALL',
      'A subscriber can have two recovery addresses',
      'not met',
      { where: ['src/store/users.ts'], note: 'An account has one address.' }
    ],
    ...without('There are no recovery contacts.', [
      ['4.2.1.3', 'SHALL', 'Recovery contacts can be seen and managed by the subscriber']
    ]),
    ...without('Sallyport proves no identities.', [
      ['4.2.1.4', 'SHALL', 'Recovery by repeated identity proofing matches the first proofing']
    ]),
    [
      '4.2.2.1',
      'SHALL',
      'An account of AAL1 without identity proofing is recovered by a saved or issued code, or a contact',
      'met',
      {
        where: [passwordReset],
        tests: ['by a link; every session ends, and the owner is notified']
      }
    ],
    [
      '4.2.2.2',
      'SHALL',
      'An account of AAL2 is recovered by two codes, a code and an authenticator, or identity proofing',
      'in part',
      {
        where: [passwordReset, recoveryCodes, secondFactors],
        tests: [afterReset, recoveryCodeWorksOnce, 'an administrator sees and removes them, but no secret'],
        note: 'A lost password takes a link by mail and the second factor, and a lost second factor the password and a recovery code. An administrator can remove the second factors of an owner who has lost all of them; how to check who asks is a duty of your organization.'
      }
    ],
    ...without('Sallyport proves no identities.', [
      ['4.2.2.3', 'SHALL', 'An account of AAL3 that was proofed at IAL3 is recovered by biometric comparison']
    ]),
    [
      '4.2.3',
      'SHALL',
      'The subscriber is notified of every recovery',
      'met',
      {
        where: ['src/auth/mail/mail.ts', passwordReset],
        tests: ['by a link; every session ends, and the owner is notified']
      }
    ]
  ])
]

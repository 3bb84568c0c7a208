import { chapter, type Requirement } from './requirement.ts'
import {
  afterReset,
  authorizeChallenge,
  newFactor,
  passwordReset,
  secondFactors,
  throttle,
  tokenEndpoint
} from './shared.ts'

const noFactor = 'required: a login without a factor gets a token that can only enrol one'

/** ASVS V6.3: authentication in general. */
export const v6Authentication: Requirement[] = [
  ...chapter('V6.3 General Authentication Security', [
    [
      '6.3.1',
      '1',
      'The documented controls against guessing and credential stuffing exist',
      'met',
      {
        where: [throttle, 'src/auth/throttle/backoff.ts'],
        tests: [
          'ten failures are free, then 1 s, 2 s, 4 s … 15 min, and never more (decision 34)',
          'a prefix that guesses at many accounts waits, in any spelling of its addresses (decision 34)'
        ]
      }
    ],
    ['6.3.2', '1', 'There are no default accounts', 'met', { where: ['src/store/users.ts'] }],
    [
      '6.3.3',
      '2',
      'Access needs several factors; at level 3 one of them is hardware that resists phishing',
      'in part',
      {
        where: ['src/auth/second-factor/policy.ts', 'src/auth/login/user-login.ts', authorizeChallenge],
        tests: [
          noFactor,
          'a right password alone asks for more, and says how (draft-ietf-oauth-first-party-apps §6.2)',
          'required of administrators: other accounts log in with a password alone'
        ],
        note: '`SECOND_FACTOR=required` meets level 2; by default, the owner of an account decides, and logins from before the change continue. Passkeys resist phishing, but Sallyport does not ask whether hardware protects them, and the other factors remain, so level 3 is not met.'
      }
    ],
    [
      '6.3.4',
      '2',
      'No way to authenticate is undocumented, and all are equally strong',
      'met',
      {
        where: [tokenEndpoint, authorizeChallenge, passwordReset],
        tests: [
          'only errors, preflights and HTML pages are answered outside the document',
          'a wrong current password uses the same counters as a wrong login (decision 34)',
          'everything may come in one request',
          afterReset
        ],
        note: 'Both endpoints and both ways to send a code ask an account for the same factors. A client without a field for the code sends it after the password.'
      }
    ],
    [
      '6.3.5',
      '3',
      'Users are notified of suspicious logins and attempts',
      'in part',
      {
        tests: ['a login from a new address prefix is reported to the verified address'],
        where: ['src/auth/mail/messages.ts', 'routes/audit.ts'],
        note: 'A login from a new address prefix is reported to the verified address, unless `LOGIN_NOTICE=off`. Failed attempts, and right passwords without the second factor (`login.challenged`), are in the activity of the account only.'
      }
    ],
    [
      '6.3.6',
      '3',
      'E-mail is not a factor of authentication',
      'met',
      {
        where: [passwordReset],
        tests: ['by a link; every session ends, and the owner is notified'],
        note: 'A mailed link starts no session; it sets a password or verifies an address. Anyone who reads the mailbox can still replace the password.'
      }
    ],
    [
      '6.3.7',
      '3',
      'Users are notified of every change of their password, address or second factors',
      'in part',
      {
        tests: [
          newFactor,
          'removing the last factor makes the password enough again, and is told by mail',
          'new recovery codes replace the old ones, and need a second factor',
          'removes the factor, ends every login and the recovery codes, and mails a link for a password',
          'before the new address is verified: the old one is in force, and every login ends',
          'a verified address is told when it is removed, and other changes send nothing'
        ],
        where: ['src/auth/mail/mail.ts', 'src/auth/users/account-undo.ts', secondFactors],
        note: 'The notices of a change of address and of a new factor have a link that undoes it. Past ten other notices of a kind at once, further ones are left out. Accounts without a verified address cannot be notified. Usernames never change.'
      }
    ],
    [
      '6.3.8',
      '3',
      'Failed logins, registration and recovery do not show which accounts exist, in their text or time',
      'in part',
      {
        where: ['src/auth/users/users.ts', passwordReset],
        tests: [
          'the answers for missing, disabled and guessed-at accounts are identical to the byte',
          'an unknown address gets the same answer and the same rows, but no message',
          'not at registration: byte for byte the same answer, and as many messages and events'
        ],
        note: 'Logins and recovery do not, and no answer says that an address is taken. Registration answers 409 for a taken username; `REGISTRATION=closed` ends that.'
      }
    ]
  ])
]

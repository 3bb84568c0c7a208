import { chapter, type Requirement, without } from './requirement.ts'
import {
  assertion,
  authorizeChallenge,
  codeWorksOnce,
  enrolment,
  passwords,
  recoveryCodeWorksOnce,
  rightCodes,
  sessions,
  settings,
  stepByStep,
  totp,
  yourTls
} from './shared.ts'

const noAal3 =
  'No login is AAL3: Sallyport asks passkeys for no attestation, so it cannot know what protects their keys.'
const operator = 'A duty of the organization that runs the server.'

/** NIST SP 800-63B-4 §2: assurance levels. */
export const nistLevels: Requirement[] = [
  ...chapter('§2 Authentication Assurance Levels', [
    [
      '2.1',
      'SHOULD',
      'Several factors are offered at AAL1 and encouraged',
      'in part',
      {
        where: ['docs/second-factor.md', 'src/doctor/settings.ts'],
        tests: [rightCodes, 'every setting that weakens the server is named with its severity'],
        note: '`sallyport doctor` encourages them for accounts that administer the server. To encourage others is the task of your app.'
      }
    ],
    [
      '2.1.1',
      'SHALL',
      'AAL1 uses one of the permitted authenticators',
      'met',
      {
        where: [passwords],
        tests: ['a password matches its own hash and no other (NIST SP 800-63B-4 §3.1.1.2)'],
        note: 'A password alone.'
      }
    ],
    [
      '2.1.2',
      'SHALL',
      'Authenticators at AAL1 use approved cryptography',
      'met',
      {
        where: [totp],
        tests: [enrolment],
        note: 'A password contains none. An authenticator app uses HMAC-SHA-1 with a key of 160 bits.'
      }
    ],
    [
      '2.1.2',
      'SHALL',
      'Authentication takes place over authenticated, protected channels',
      'in part',
      {
        where: ['src/config/risks.ts', 'src/doctor/issuer.ts'],
        tests: [
          'every way to run a server refuses insecure settings',
          'an http issuer of another machine is one finding, whatever HOST is'
        ],
        note: yourTls
      }
    ],
    [
      '2.1.2',
      'SHALL',
      'Verifiers of federal agencies use cryptography that is validated by FIPS 140',
      'not met',
      {
        where: ['src/auth/passwords/bcrypt-sha256.ts'],
        note: 'bcrypt is not an approved function.'
      }
    ],
    [
      '2.1.3',
      'SHALL',
      'A session ends after a definite time',
      'met',
      {
        where: [sessions],
        tests: [
          'RFC 9700 §4.14.2: a login ends after its maximum lifetime despite refreshes, and no access token outlives it'
        ]
      }
    ],
    [
      '2.1.3',
      'SHOULD',
      'That time is 30 days at most',
      'not met',
      { where: [settings], note: '90 days by default; `SESSION_TTL=2592000` meets it.' }
    ],
    [
      '2.2.1',
      'SHALL',
      'AAL2 uses two factors',
      'met',
      {
        where: ['src/auth/sessions/authentication.ts', authorizeChallenge],
        tests: [
          stepByStep,
          'a password is enough for an account without a second factor',
          'a login with a password shows the password again, and cannot become aal2',
          'needs no username and no password where the passkey verifies its user'
        ],
        note: 'The claim `acr` of a login is `aal2` only then: a password with the code of an app, a recovery code or a passkey, or a passkey that has verified its user. `SECOND_FACTOR=required` makes every new login AAL2.'
      }
    ],
    [
      '2.2.2',
      'SHALL',
      'AAL2 resists replay and offers an authenticator that resists phishing',
      'in part',
      {
        where: ['src/store/spent.ts', 'src/auth/login/insufficient-authorization.ts', assertion],
        tests: [codeWorksOnce, recoveryCodeWorksOnce, 'a response works once, and only for its own login'],
        note: 'Every second factor works once. Passkeys resist phishing, and are offered where `RP_ID` is set.'
      }
    ],
    [
      '2.2.3',
      'SHALL',
      'At AAL2 a session ends after a definite time, which should be 24 hours, or 1 hour without activity',
      'in part',
      {
        where: [settings],
        tests: [
          'RFC 9700 §4.14.2: a login ends after its maximum lifetime despite refreshes, and no access token outlives it',
          'RFC 9700 §4.14.2: a login that is not refreshed ends after its idle time, to the second'
        ],
        note: '90 and 14 days by default, for every login; `SESSION_TTL=86400` and `REFRESH_TOKEN_TTL=3600` meet it. An API can ask for a more recent authentication with `max_age`.'
      }
    ],
    ['2.3.1', 'SHALL', 'AAL3 uses a cryptographic authenticator with a second factor', 'not met', { note: noAal3 }],
    [
      '2.3.2',
      'SHALL',
      'AAL3 uses keys that cannot be exported, resists phishing and replay, shows intent, and is validated by FIPS 140',
      'not met',
      { note: noAal3 }
    ],
    ['2.3.3', 'SHALL', 'At AAL3 a session ends after 12 hours at most', 'not met', { note: noAal3 }],
    ...without(operator, [
      ['2.4.1', 'SHALL', 'The verifier has the moderate controls of SP 800-53 or an equal standard'],
      ['2.4.2', 'SHALL', 'Records are kept as law and policy require, and subscribers know how long'],
      ['2.4.3', 'SHALL', 'Privacy controls, notices and assessments exist'],
      ['2.4.4', 'SHALL', 'Complaints of subscribers have a place that is easy to find']
    ])
  ])
]

export type Status = 'met' | 'in part' | 'not met' | 'not applicable'

/** A requirement of a security standard, and how the server stands to it. */
export interface Requirement {
  /** `6.2.1`, or the section of NIST SP 800-63B-4. Several requirements of a section have its number. */
  number: string
  /** `1` to `3` of ASVS; `SHALL`, `SHOULD` or `definition` of NIST. */
  level: string
  chapter: string
  /** What it asks, in our own words. */
  asks: string
  status: Status
  /** Files below the root of the project. */
  where?: string[]
  /** Names of tests, as they are registered. Tests that cite the number in their name are found without this. */
  tests?: string[]
  /** What is missing, why it does not apply, or what a reader has to know. */
  note?: string
}

export interface SecurityStandard {
  name: string
  /** How the name of a test cites it, before the number. */
  cite: 'ASVS' | 'NIST SP 800-63B-4'
  /** The numbers that the table has. */
  covers: RegExp
  requirements: Requirement[]
}

type Rest = Pick<Requirement, 'where' | 'tests' | 'note'>
type Row = [number: string, level: string, asks: string, status: Status, rest: Rest]

const chapter = (title: string, rows: Row[]): Requirement[] =>
  rows.map(([number, level, asks, status, rest]) => ({ number, level, chapter: title, asks, status, ...rest }))

/** Rows that do not apply, all for one reason. */
const without = (note: string, rows: [number: string, level: string, asks: string][]): Row[] =>
  rows.map(([number, level, asks]) => [number, level, asks, 'not applicable', { note }])

const passwordRules = 'src/auth/passwords/password-rules.ts'
const passwords = 'src/auth/passwords/passwords.ts'
const throttle = 'src/auth/throttle/throttle.ts'
const sessions = 'src/auth/sessions/sessions.ts'
const tokenEndpoint = 'src/auth/tokens/token-endpoint.ts'
const accessTokens = 'src/auth/tokens/access-tokens.ts'
const oneTimeTokens = 'src/auth/mail/one-time-tokens.ts'
const passwordReset = 'src/auth/users/password-reset.ts'
const accountPasswords = 'src/auth/users/account-passwords.ts'
const userAdmin = 'src/auth/users/user-admin.ts'
const resetPage = 'src/pages/reset-password.ts'
const clients = 'src/auth/clients/clients.ts'
const settings = 'src/config/settings.ts'

const factorCodes = 'src/auth/second-factor/codes.ts'
const secondFactors = 'src/auth/second-factor/second-factors.ts'
const recoveryCodes = 'src/auth/second-factor/recovery-codes.ts'
const totp = 'src/auth/second-factor/totp.ts'
const assertion = 'src/auth/passkeys/assertion.ts'
const authSessions = 'src/auth/challenge/auth-sessions.ts'
const authorizationCodes = 'src/auth/challenge/authorization-codes.ts'
const codeGrant = 'src/auth/tokens/grants/authorization-code.ts'
const authorizeChallenge = 'src/auth/tokens/authorization-challenge.ts'

const codeWorksOnce = 'a code works once, also in the next login and on another node (RFC 6238 §5.2)'
const recoveryCodeWorksOnce = 'a recovery code works once, however it is written, on every node'
const newFactor = 'a new factor ends the other logins, gives ten recovery codes once, and is told by mail'
const enrolment = 'an authenticator app has a secret of 160 bits, a URI and a QR code (RFC 4226 §4)'
const rightCodes = 'an authenticator app counts only after a right code'
const noFactor = 'required: a login without a factor gets a token that can only enrol one'
const codesCounted = 'wrong codes are counted at the account, across logins and nodes (RFC 4226 §7.3)'
const appCloses = 'after a hundred wrong codes in a row, an app no longer works, but a recovery code does'
const stepByStep = 'a login begins without anything, and goes on with the auth session'
const codeRedeemed = 'a code begins one login, within 60 seconds, for its client and verifier (RFC 6749 §4.1.2)'
const afterReset = 'is replaced by a link, and the login needs its second factor as before (ASVS 6.4.3)'

const noAal3 =
  'No login is AAL3: Sallyport asks passkeys for no attestation, so it cannot know what protects their keys.'
const publicKeysInDatabase =
  'The public keys of passkeys are rows of the database. An attacker who can write there can replace one, like a password hash.'
const noRedirect = 'No redirect carries a code: it is in the answer to a request of the client itself.'
const noOpenId = 'Sallyport is no OpenID Provider and no OpenID client.'
const noProviders = 'Sallyport accepts logins of no other identity provider.'
const operator = 'A duty of the organization that runs the server.'
const yourTls =
  'Sallyport speaks HTTP: a proxy of yours has to terminate TLS. With `NODE_ENV=production` the server does not start with an http issuer of another machine.'

const v6 = [
  ...chapter('V6.1 Authentication Documentation', [
    [
      '6.1.1',
      '1',
      'Documents say how guessing is limited, how to configure it, and that attackers cannot lock an owner out',
      'met',
      {
        where: ['docs/operating.md', 'SECURITY.md'],
        tests: ['ten failures are free, then 1 s, 2 s, 4 s … 15 min, and never more (decision 34)']
      }
    ],
    [
      '6.1.2',
      '2',
      'A list of words of the context that passwords may not contain is documented',
      'in part',
      {
        where: ['docs/decisions/0018-first-guesses.md', passwordRules],
        tests: ['the names of the service come from its issuer'],
        note: 'The words are the names of the user, of Sallyport and of the host. You cannot add the names of your products or departments.'
      }
    ],
    [
      '6.1.3',
      '2',
      'All ways to authenticate are documented together, with their controls',
      'met',
      {
        where: ['SECURITY.md', 'routes/README.md'],
        tests: ['the document has every URL of the table'],
        note: 'The table "Ways to authenticate" has them. The document of the API says where a second factor is asked for.'
      }
    ]
  ]),
  ...chapter('V6.2 Password Security', [
    [
      '6.2.1',
      '1',
      'Passwords have 8 characters or more, better 15',
      'met',
      {
        where: [passwordRules],
        note: '15 by default; `PASSWORD_MIN_LENGTH` sets it.'
      }
    ],
    [
      '6.2.2',
      '1',
      'Users can change their password',
      'met',
      { where: [accountPasswords, 'routes/me.ts'], tests: ['a new password replaces the old one'] }
    ],
    [
      '6.2.3',
      '1',
      'A change needs the current password and the new one',
      'met',
      {
        where: [accountPasswords, 'routes/me.ts'],
        tests: ['a wrong current password is 403, and no session ends']
      }
    ],
    [
      '6.2.4',
      '1',
      'New passwords are compared with the 3,000 most common ones that the policy allows',
      'met',
      {
        where: ['src/auth/passwords/common-passwords.ts']
      }
    ],
    ['6.2.5', '1', 'There are no rules about the composition of passwords', 'met', { where: [passwordRules] }],
    [
      '6.2.6',
      '1',
      'Input fields hide the password',
      'met',
      { where: [resetPage], note: 'The page of the mailed link. The form of the login is your app.' }
    ],
    [
      '6.2.7',
      '1',
      'Pasting, browser helpers and password managers are allowed',
      'met',
      { where: [resetPage], note: 'The page of the mailed link. The form of the login is your app.' }
    ],
    [
      '6.2.8',
      '1',
      'The password is verified exactly as it was received',
      'in part',
      {
        where: [passwords],
        note: 'It is normalized to NFC, as NIST asks, so two encodings of one character are equal. Imported bcrypt hashes of other applications ignore the bytes after the 72nd until the next login replaces them.'
      }
    ],
    [
      '6.2.9',
      '2',
      'Passwords of 64 characters and more are allowed',
      'met',
      { where: [passwordRules], note: 'Up to 1,024 bytes.' }
    ],
    [
      '6.2.10',
      '2',
      'Passwords do not expire',
      'met',
      {
        where: [passwordRules],
        tests: ['password rules apply to new passwords only: an older password still logs in, and its hash is upgraded']
      }
    ],
    [
      '6.2.11',
      '2',
      'The documented words of the context are refused in new passwords',
      'met',
      { where: [passwordRules] }
    ],
    [
      '6.2.12',
      '2',
      'New passwords are compared with a set of passwords from breaches',
      'not met',
      {
        where: ['docs/decisions/0018-first-guesses.md'],
        note: 'The list has the 24,582 most common passwords, from leaks until 2015. Sallyport sends no part of a password to a service such as Have I Been Pwned.'
      }
    ]
  ]),
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
        where: ['src/auth/second-factor/policy.ts', 'src/auth/tokens/user-login.ts', authorizeChallenge],
        tests: [
          noFactor,
          'a right password alone asks for more, and says how (draft-ietf-oauth-first-party-apps §6.2)',
          'required of administrators: other accounts log in with a password alone'
        ],
        note: '`SECOND_FACTOR=required` meets level 2; by default, the owner of an account decides, and logins from before the change go on. Passkeys resist phishing, but Sallyport does not ask whether hardware protects them, and the other factors remain, so level 3 is not met.'
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
      'Users are told of suspicious logins and attempts',
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
      'E-mail is no factor of authentication',
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
      'Users are told of every change of their password, address or second factors',
      'in part',
      {
        tests: [
          newFactor,
          'removing the last factor makes the password enough again, and is told by mail',
          'before the new address is verified: the old one is in force, and every login ends',
          'a verified address is told when it is removed, and other changes send nothing'
        ],
        where: ['src/auth/mail/mail.ts', 'src/auth/users/account-undo.ts', secondFactors],
        note: 'New recovery codes in place of old ones send no notice. The notice of a change of address has a link that undoes it. Accounts without a verified address cannot be told. Usernames never change.'
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
  ]),
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
        note: 'A recovery code has 80 random bits, and 112 would need no password hash. It is stored as HMAC-SHA-256 of the code and the id of the account, under a key from `SECRET`: a copy of the database alone is not enough to guess a code, but with `SECRET` no slow hash stands in the way.'
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
        where: [totp, 'src/auth/clock-check.ts'],
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

const v7 = [
  ...chapter('V7.1 Session Management Documentation', [
    [
      '7.1.1',
      '2',
      'Idle time and maximum lifetime of a session are documented, with reasons where they differ from NIST',
      'met',
      {
        where: ['docs/operating.md', settings],
        tests: ['every setting documents its values'],
        note: '14 and 90 days by default.'
      }
    ],
    [
      '7.1.2',
      '2',
      'The number of sessions of an account, and what happens beyond it, are documented',
      'met',
      {
        where: ['docs/operating.md', settings],
        tests: ['a user has at most MAX_SESSIONS_PER_USER sessions on both engines, and a login ends the oldest']
      }
    ],
    [
      '7.1.3',
      '2',
      'Systems that share sessions by federation are documented, with the control of their lifetimes',
      'not applicable',
      { note: noProviders }
    ]
  ]),
  ...chapter('V7.2 Fundamental Session Management Security', [
    [
      '7.2.1',
      '1',
      'Tokens are verified by a trusted server',
      'met',
      { where: [accessTokens], tests: ['a token is valid for its user while the session lives (RFC 9068 §4)'] }
    ],
    [
      '7.2.2',
      '1',
      'Sessions use generated tokens, not static keys',
      'met',
      {
        where: [tokenEndpoint, sessions],
        tests: ['RFC 9068 §2.2: every token has its own jti, and the tokens of a login share its sid']
      }
    ],
    [
      '7.2.3',
      '1',
      'Reference tokens are unique and have 128 random bits or more',
      'met',
      {
        where: ['src/auth/tokens/refresh-tokens.ts'],
        tests: [
          'every token has its own signature (RFC 6749 §10.4)',
          'RFC 6749 §10.10: tokens cannot be guessed: the proof in a refresh token has 256 bits'
        ],
        note: 'A refresh token is a session, a counter and an HMAC of 256 bits under a key of 256 bits, which cannot be told from random bits.'
      }
    ],
    [
      '7.2.4',
      '1',
      'A login, also a repeated one, creates a new token and ends the current one',
      'in part',
      {
        where: [sessions, 'src/client.ts'],
        tests: ['RFC 7009 §2.1: revocation ends the login of the token and no other of the same user'],
        note: 'Every login is a new session. A password form names no earlier session, so the client has to end it; `signIn` of `sallyport/client` does.'
      }
    ]
  ]),
  ...chapter('V7.3 Session Timeout', [
    [
      '7.3.1',
      '2',
      'A session ends after an idle time',
      'met',
      {
        where: [sessions],
        tests: ['RFC 9700 §4.14.2: a login that is not refreshed ends after its idle time, to the second']
      }
    ],
    [
      '7.3.2',
      '2',
      'A session has a maximum lifetime',
      'met',
      {
        where: [sessions],
        tests: [
          'RFC 9700 §4.14.2: a login ends after its maximum lifetime despite refreshes, and no access token outlives it'
        ]
      }
    ]
  ]),
  ...chapter('V7.4 Session Termination', [
    [
      '7.4.1',
      '1',
      'An ended session cannot be used any more',
      'in part',
      {
        where: [accessTokens, 'src/auth/tokens/introspection.ts'],
        tests: [
          'rejects tokens of ended sessions and of disabled or deleted users',
          'tokens of an ended session are refused at once by introspection, and after exp offline (RFC 7009 §2.1)'
        ],
        note: 'At once on every endpoint of Sallyport and with `/introspect`. An API that verifies offline accepts an access token until it expires, after 10 minutes by default.'
      }
    ],
    [
      '7.4.2',
      '1',
      'Disabling or deleting an account ends its sessions',
      'met',
      {
        where: [userAdmin],
        tests: [
          'disabling an account ends its sessions, and enabling it allows logins again',
          'every session of an account ends, and the account is deleted, also by a client'
        ]
      }
    ],
    [
      '7.4.3',
      '2',
      'After a change of the password the other sessions can be ended',
      'met',
      {
        where: ['src/auth/tokens/password-change.ts', passwordReset],
        tests: [
          'by a link; every session ends, and the owner is notified',
          'users set-password sets it and ends every session'
        ],
        note: 'They always end.'
      }
    ],
    [
      '7.4.4',
      '2',
      'Every page that needs a login has a visible way to log out',
      'not applicable',
      {
        note: 'Sallyport has no such pages. Your app ends a session with `/revoke`, or with `signOut` of `sallyport/client`.'
      }
    ],
    [
      '7.4.5',
      '2',
      'Administrators can end the sessions of one user, or of all users',
      'met',
      {
        where: ['src/commands/sessions.ts', userAdmin],
        tests: [
          'every session of an account ends, and the account is deleted, also by a client',
          'sessions end without an id ends every session, and the audit trail names the actor',
          'sessions end-all ends the logins of users and the tokens of clients on every node, on both engines'
        ]
      }
    ]
  ]),
  ...chapter('V7.5 Defenses Against Session Abuse', [
    [
      '7.5.1',
      '2',
      'Changes of what authenticates or recovers an account need a new authentication',
      'met',
      {
        where: [
          'src/auth/sessions/reauthentication.ts',
          'plugins/recent-login.ts',
          'routes/me.ts',
          'routes/factors.ts'
        ],
        tests: [
          'a wrong current password is 403, and no session ends',
          'a change of address needs the current password or a login of the last 600 s (RFC 9470 §3)',
          'a refresh does not make a login recent',
          'both engines: the current password replaces a recent login, but not the second factor'
        ],
        note: 'A change of the password needs the current one; a change of the address needs it, or a login of the last ten minutes; a change of second factors needs a login of the last ten minutes. An account with a second factor needs a login with two factors for each of them.'
      }
    ],
    [
      '7.5.2',
      '2',
      'Users see their sessions and, after authenticating again, end any of them',
      'in part',
      {
        where: ['routes/sessions.ts'],
        tests: [
          "the user's sessions are listed, the latest first, with the current one marked",
          'a session can be ended once, by its own user only'
        ],
        note: 'An access token is enough to end a session, so that an owner who is in a hurry is not held up.'
      }
    ],
    [
      '7.5.3',
      '3',
      'Highly sensitive operations need a further authentication',
      'in part',
      {
        where: ['routes/me.ts'],
        tests: ['deleting an account requires its password, and guessing it is throttled'],
        note: 'Changes of the own password, address or second factors and the deletion of the own account do. Administration of users and clients needs its scope only; `ADMIN_SECOND_FACTOR=required` makes the logins that get it need a second factor.'
      }
    ]
  ]),
  ...chapter('V7.6 Federated Re-authentication', [
    [
      '7.6.1',
      '2',
      'Sessions of identity provider and relying party live and end together as documented',
      'not applicable',
      { note: noProviders }
    ],
    [
      '7.6.2',
      '2',
      'No session begins without consent or an action of the user',
      'met',
      {
        where: [tokenEndpoint],
        tests: [
          'RFC 6749 §5.2: any other grant_type is unsupported_grant_type, including the other grants of the framework',
          stepByStep
        ],
        note: 'Only what a user shows begins a session: a password, with a code where one is needed, or a passkey.'
      }
    ]
  ])
]

const v9 = [
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

const v10 = [
  ...chapter('V10.1 Generic OAuth and OIDC Security', [
    [
      '10.1.1',
      '2',
      'Tokens reach only the parts that need them',
      'in part',
      {
        where: [tokenEndpoint, 'routes/verify.ts', 'docs/browser.md'],
        tests: ['is returned in headers, without a body and uncached'],
        note: 'Only the client that asked gets tokens. A single-page app with `sallyport/client` keeps them in the browser, and there is no backend for it; keep them on your server where that matters.'
      }
    ],
    [
      '10.1.2',
      '2',
      'A client accepts answers only to requests that it began itself',
      'not applicable',
      { note: noRedirect }
    ]
  ]),
  ...chapter('V10.2 OAuth Client', [
    ...without(noRedirect, [
      ['10.2.1', '2', 'A client of the code flow is protected from forged requests, by PKCE or state'],
      ['10.2.2', '2', 'A client of several authorization servers is protected from mix-up']
    ]),
    [
      '10.2.3',
      '3',
      'A client asks only for the scopes that it needs',
      'in part',
      {
        where: ['src/client.ts', 'src/auth/scopes.ts'],
        tests: ['grants the scopes that are requested and allowed by every party (RFC 6749 §3.3)'],
        note: 'Your app names them: `signIn` takes `scope`. Without it a login gets all scopes of the user, but the privileged ones.'
      }
    ]
  ]),
  ...chapter('V10.3 OAuth Resource Server', [
    [
      '10.3.1',
      '2',
      'An API accepts only tokens whose audience it is',
      'met',
      {
        where: [accessTokens, 'src/resource-server/access-token.ts'],
        tests: [
          'RFC 8707 §2: the endpoints of the server refuse a token for another resource, also one with their scope',
          '…: a token of another issuer or for another API is refused (RFC 9068 §4)',
          'only an active access token of this issuer for this API passes (RFC 7662 §4)'
        ]
      }
    ],
    [
      '10.3.2',
      '2',
      'An API decides by sub and scope of the token',
      'met',
      {
        where: [accessTokens, 'src/verifier.ts'],
        tests: [
          'RFC 6750 §3.1: a token without the scope gets 403 insufficient_scope, and the challenge names the scope',
          '…: a token without a required scope is refused, naming the scope (RFC 6750 §3.1)'
        ]
      }
    ],
    [
      '10.3.3',
      '2',
      'An API identifies a user by claims that never name another',
      'met',
      {
        where: ['src/auth/tokens/access-token-claims.ts'],
        tests: [
          'RFC 9068 §5: the sub of a client is never that of a user (RFC 9700 §4.15)',
          'the clock is the given one, and ids are UUIDv7 in the order of time (RFC 9562 §5.7)'
        ],
        note: 'By `iss` and `sub`.'
      }
    ],
    [
      '10.3.4',
      '2',
      'An API that needs a strong or recent login checks it in the token',
      'met',
      {
        tests: [
          '…: a login that does not satisfy the step-up of a route is a 401 with the challenge (RFC 9470 §3)',
          'both engines: administration needs a login of the last 600 s, which a refresh does not renew',
          stepByStep,
          'a refresh that asks for more gets an auth session, whose code raises the same login'
        ],
        where: [
          'src/auth/sessions/authentication.ts',
          'src/auth/tokens/step-up.ts',
          'src/resource-server/step-up.ts',
          'src/auth/sessions/reauthentication.ts'
        ],
        note: '`acr`, `amr` and `auth_time` are in access tokens and at `/introspect`. `app.authenticate` takes `acr` and `maxAge`, here and in `sallyport/verifier`, and the refusal tells the client what to ask the user for. Sallyport asks for a recent login in its own dangerous operations.'
      }
    ],
    [
      '10.3.5',
      '3',
      'Access tokens are bound to their sender, by DPoP or mutual TLS',
      'not met',
      { note: 'Access tokens are bearer tokens, valid for 10 minutes by default.' }
    ]
  ]),
  ...chapter('V10.4 OAuth Authorization Server', [
    ...without('There are no redirects.', [['10.4.1', '1', 'Redirect URIs are compared exactly with registered ones']]),
    [
      '10.4.2',
      '1',
      'A code works once, and its second use revokes its tokens',
      'met',
      {
        where: [codeGrant, 'src/store/spent.ts'],
        tests: [codeRedeemed, 'of two uses of a code at once, one begins a login, and it ends']
      }
    ],
    [
      '10.4.3',
      '1',
      'A code lives for 10 minutes at most, 1 minute at level 3',
      'met',
      { where: [authorizationCodes], tests: [codeRedeemed], note: '60 seconds.' }
    ],
    [
      '10.4.4',
      '1',
      'A client may use only the grants that it needs, and never the implicit or the password grant',
      'not met',
      {
        where: [tokenEndpoint, clients],
        tests: [
          'RFC 6749 §5.2: a grant that the client may not use is unauthorized_client',
          'RFC 9700 §2.4: the password grant can be withheld from a client, as for third-party clients'
        ],
        note: 'Every client has a list of its grants, but the built-in client has the password grant. `FIRST_PARTY_CLIENT=off`, and clients with `authorization_code` and `refresh_token` only, meet the letter; the app still sees the password, unless the user has a passkey. See "In short" for whom that matters.'
      }
    ],
    [
      '10.4.5',
      '1',
      'Refresh tokens of public clients are bound to their sender or rotate; reuse revokes the login',
      'in part',
      {
        where: [sessions],
        tests: [
          'RFC 9700 §4.14.2: refresh tokens of all clients rotate, public or not (§2.2.2)',
          'RFC 9700 §4.14.2: a replaced token after the grace time is reuse: invalid_grant, and the login ends with all its tokens',
          'RFC 9700 §4.14.2: with REFRESH_GRACE 0 a replaced token is reuse a second later'
        ],
        note: 'For 30 seconds the previous token still gets the current one, for clients that lost an answer. `REFRESH_GRACE=0` meets the requirement to the letter.'
      }
    ],
    [
      '10.4.6',
      '2',
      'The code grant requires PKCE, without plain',
      'in part',
      {
        where: ['src/auth/challenge/pkce.ts', authorizeChallenge],
        tests: [
          codeRedeemed,
          'the parameters of the request are checked first',
          'a confidential client may leave PKCE out, and then sends no verifier (RFC 9700 §2.1.1)'
        ],
        note: 'Of public clients, always, and with S256 only. A confidential client may leave it out, because it has to authenticate to redeem the code.'
      }
    ],
    ...without('Only administrators register clients.', [
      ['10.4.7', '2', 'Open registration of clients is protected from malicious clients']
    ]),
    [
      '10.4.8',
      '2',
      'Refresh tokens expire for good at some time',
      'met',
      {
        where: [sessions],
        tests: [
          'RFC 9700 §4.14.2: a login ends after its maximum lifetime despite refreshes, and no access token outlives it'
        ]
      }
    ],
    [
      '10.4.9',
      '2',
      'Users can revoke refresh tokens on pages of the authorization server',
      'in part',
      {
        where: ['routes/sessions.ts'],
        tests: [
          "the user's sessions are listed, the latest first, with the current one marked",
          'a session can be ended once, by its own user only'
        ],
        note: 'They can over HTTP. There is no page for it; your app has to show one.'
      }
    ],
    [
      '10.4.10',
      '2',
      'Confidential clients authenticate for tokens and revocation',
      'met',
      {
        where: ['src/auth/clients/client-credentials.ts', clients],
        tests: [
          'RFC 6749 §3.2.1: a confidential client that does not authenticate gets no token',
          'RFC 7009 §2.1: a confidential client has to authenticate; otherwise its token is not revoked'
        ]
      }
    ],
    [
      '10.4.11',
      '2',
      'A client is assigned only the scopes that it needs',
      'in part',
      {
        where: ['src/auth/clients/client-admin.ts', 'src/auth/scopes.ts'],
        tests: ['RFC 6749 §3.3: the scopes of the client limit the grant too; order and repetition do not matter'],
        note: 'A registered client has the scopes of its registration. The built-in client may have every scope of its user; `FIRST_PARTY_CLIENT=off` removes it.'
      }
    ],
    ...without('The client sends the request for a code to the server itself, not through a browser.', [
      ['10.4.12', '3', 'A client may use only its own response modes'],
      ['10.4.13', '3', 'The code grant is used with pushed authorization requests']
    ]),
    [
      '10.4.14',
      '3',
      'Only tokens that are bound to their sender are issued',
      'not met',
      { note: 'Access tokens are bearer tokens.' }
    ],
    ...without('The parameter `authorization_details` is not supported.', [
      ['10.4.15', '3', 'The authorization details of a server-side client come from its backend, unchanged']
    ]),
    [
      '10.4.16',
      '3',
      'Clients are confidential and authenticate with a private key or mutual TLS',
      'not met',
      {
        where: [clients],
        note: 'Clients have a secret of 256 random bits, or are public.'
      }
    ]
  ]),
  ...chapter(
    'V10.5 OIDC Client',
    without(noOpenId, [
      ['10.5.1', '2', 'A replayed ID token is refused, by its nonce'],
      ['10.5.2', '2', 'A user is identified by claims of the ID token that never name another'],
      ['10.5.3', '2', 'Metadata of another issuer than the expected one are refused'],
      ['10.5.4', '2', 'An ID token for another client is refused'],
      ['10.5.5', '2', 'Back-channel logout cannot be forced or confused with another token']
    ])
  ),
  ...chapter(
    'V10.6 OpenID Provider',
    without(noOpenId, [
      ['10.6.1', '2', 'No response mode answers with an access token from the authorization endpoint'],
      ['10.6.2', '2', 'Logout cannot be forced by others']
    ])
  ),
  ...chapter('V10.7 Consent Management', [
    [
      '10.7.1',
      '2',
      'The user consents to each authorization, always when the client cannot be identified',
      'not met',
      {
        note: 'There is no consent: the user gives the password to the client, or uses a passkey there. Register only apps of your own organization with the grants `password` and `authorization_code`.'
      }
    ],
    ...without('There is no consent.', [
      ['10.7.2', '2', 'A question for consent says what is granted, to whom, and for how long'],
      ['10.7.3', '2', 'Users can review and revoke their consents']
    ])
  ])
]

const nist = [
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
        where: ['src/store/spent.ts', 'src/auth/tokens/challenges.ts', assertion],
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
  ]),
  ...chapter('§3.1.1 Passwords', [
    [
      '3.1.1.1',
      'SHALL',
      'Subscribers choose their passwords, or get random ones',
      'met',
      {
        where: ['routes/users.ts'],
        tests: ['a new account has the requested values, the scope me, and an unverified address']
      }
    ],
    [
      '3.1.1.1',
      'SHALL',
      'A listed password has to be replaced, and nothing else restricts the choice',
      'in part',
      {
        where: [passwordRules],
        tests: [
          'refuses common passwords in any case and width (ASVS 5.0 6.2.4)',
          "refuses passwords that contain the user's identifiers or the service's name (ASVS 5.0 6.2.11)"
        ],
        note: 'Names of the user and of the service are refused anywhere in a password, and control characters everywhere. ASVS 6.2.11 asks for the first, RFC 6749 Appendix A.16 for the second.'
      }
    ],
    [
      '3.1.1.2',
      'SHALL',
      'A password that is the only factor has 15 characters or more',
      'met',
      {
        where: [passwordRules],
        tests: [
          'NIST SP 800-63B-4 §3.1.1.2: a password has 15 characters or more, since it may be the only factor (ASVS 6.2.1)'
        ],
        note: 'Unless `PASSWORD_MIN_LENGTH` is lower.'
      }
    ],
    [
      '3.1.1.2',
      'SHOULD',
      'Passwords may have 64 characters, of printable ASCII, blanks and Unicode',
      'met',
      {
        where: [passwordRules],
        tests: [
          'NIST SP 800-63B-4 §3.1.1.2: passwords may have 64 characters and more, of printable ASCII, blanks and Unicode; a code point is one character, and there are no composition rules (ASVS 6.2.5, 6.2.9)'
        ]
      }
    ],
    [
      '3.1.1.2',
      'SHALL',
      'A code point counts as one character',
      'met',
      {
        where: [passwordRules],
        tests: ['length is counted in characters and limited in bytes (NIST SP 800-63B-4 §3.1.1.2)']
      }
    ],
    [
      '3.1.1.2',
      'SHALL',
      'There are no rules about composition',
      'met',
      {
        where: [passwordRules],
        tests: ['there are no rules about composition (NIST SP 800-63B-4 §3.1.1.2, ASVS 5.0 6.2.5)']
      }
    ],
    [
      '3.1.1.2',
      'SHALL',
      'Passwords need no periodic change, but one after a compromise',
      'met',
      {
        where: [userAdmin],
        tests: ['a forced reset invalidates the password and ends every session, and returns neither'],
        note: 'An administrator forces the change; Sallyport finds no compromise by itself.'
      }
    ],
    [
      '3.1.1.2',
      'SHALL',
      'There are no hints and no security questions',
      'met',
      { where: ['routes/users.ts'], tests: ['an account has no hint and no security question (ASVS 6.4.2)'] }
    ],
    [
      '3.1.1.2',
      'SHALL',
      'The whole password is asked for and verified',
      'met',
      {
        where: [passwords],
        tests: [
          'a password matches its own hash and no other (NIST SP 800-63B-4 §3.1.1.2)',
          'NIST SP 800-63B-4 §3.1.1.2: the whole password is verified, including bytes after the 72nd (ASVS 6.2.8)',
          'two passwords of 80 bytes that differ at byte 73 never match'
        ],
        note: 'Imported bcrypt hashes of other applications ignore the bytes after the 72nd until the next login replaces them.'
      }
    ],
    [
      '3.1.1.2',
      'SHOULD',
      'Passwords are normalized to NFC, and subscribers are advised about Unicode',
      'in part',
      {
        where: [passwords],
        tests: ['the two encodings of é are one password (NIST SP 800-63B-4 §3.1.1.2: normalise)'],
        note: 'The advice is missing.'
      }
    ],
    [
      '3.1.1.2',
      'SHALL',
      'A new password is compared, as a whole, with a list of common or compromised ones',
      'met',
      {
        where: ['src/auth/passwords/common-passwords.ts'],
        tests: [
          'NIST SP 800-63B-4 §3.1.1.2: a new password is compared with a list of common passwords, including the 3,000 most common of every minimum length, and the refusal gives the reason (ASVS 6.2.4)',
          'refuses common passwords (NIST SP 800-63B-4 §3.1.1.2, ASVS 5.0 6.2.4)',
          'compares the whole password: a password that only contains a common one passes'
        ]
      }
    ],
    [
      '3.1.1.2',
      'SHALL',
      'Words of the context may be on the list',
      'met',
      {
        where: [passwordRules],
        tests: [
          'NIST SP 800-63B-4 §3.1.1.2: a new password that contains the name of the user or the service is refused (ASVS 6.2.11)'
        ],
        note: 'They are refused anywhere in a password, which is stricter than the text.'
      }
    ],
    [
      '3.1.1.2',
      'SHALL',
      'A refusal gives its reason, and helps to choose a strong password',
      'met',
      {
        where: [passwordRules, resetPage],
        tests: [
          'a refused password is reported at its field, and the link still works',
          'an invalid registration is 400 with a pointer to each member (RFC 9457 §3)'
        ]
      }
    ],
    [
      '3.1.1.2',
      'SHALL',
      'Failed attempts at an account are limited',
      'met',
      { where: [throttle], tests: ['ten failures are free, then 1 s, 2 s, 4 s … 15 min, and never more (decision 34)'] }
    ],
    [
      '3.1.1.2',
      'SHALL',
      'Password managers, autofill and paste work',
      'met',
      {
        where: [resetPage],
        tests: [
          'the page of a link hides the new password, and password managers may fill and paste it (ASVS 6.2.6, 6.2.7)'
        ],
        note: 'The page of the mailed link. The form of the login is your app.'
      }
    ],
    [
      '3.1.1.2',
      'SHOULD',
      'A password can be displayed while it is entered',
      'not met',
      {
        where: [resetPage],
        note: 'The page of the mailed link runs no script, so it has no such button. The browser may offer one.'
      }
    ],
    [
      '3.1.1.2',
      'SHALL',
      'Passwords travel over approved encryption and an authenticated channel',
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
      '3.1.1.2',
      'SHALL',
      'Passwords are stored with a password hash and a salt of 32 bits or more',
      'met',
      {
        where: ['src/auth/passwords/bcrypt-sha256.ts'],
        tests: ["a new hash is in passlib's bcrypt_sha256 version 2 (passlib 1.7.3 and later)"],
        note: 'The salt has 128 bits.'
      }
    ],
    [
      '3.1.1.2',
      'SHOULD',
      'The scheme is an approved one',
      'not met',
      { where: ['docs/decisions/0007-bcrypt-sha256.md'], note: 'bcrypt over HMAC-SHA-256. SP 800-132 approves PBKDF2.' }
    ],
    [
      '3.1.1.2',
      'SHOULD',
      'The cost is high, grows with the years, and is stored with the hash',
      'met',
      {
        where: [passwords],
        tests: ['a hash is upgraded when its scheme or cost is outdated, and never weakened']
      }
    ],
    [
      '3.1.1.2',
      'SHOULD',
      'Hashes are protected by a further key, which is stored elsewhere',
      'not met',
      {
        where: [passwords],
        note: 'A stolen database is enough to guess offline. `SECRET` protects signing keys, not hashes.'
      }
    ]
  ]),
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
        note: 'They do and are. But the hash is HMAC-SHA-256 under a key from `SECRET`, and no password hash, which secrets of less than 112 bits should have. The user may take any of the ten codes; none is asked for by its number.'
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
        where: ['src/auth/tokens/challenges.ts', assertion],
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
  ]),
  ...chapter('§3.2 General authenticator requirements', [
    [
      '3.2.1',
      'SHALL',
      'Subscribers are told how to protect their authenticator, and can have it invalidated at once',
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
  ]),
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
        note: 'At the verified address. An account without one cannot be told.'
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
        tests: [newFactor, recoveryCodeWorksOnce, codesCounted],
        note: 'There are ten, of 80 bits. A used code is not replaced by a new one: the owner asks for ten new ones, of which no notice is sent.'
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

/** The requirements of `docs/security/asvs.md`: OWASP ASVS 5.0.0 and NIST SP 800-63B-4 of August 2025. */
export const securityStandards: SecurityStandard[] = [
  { name: 'OWASP ASVS 5.0', cite: 'ASVS', covers: /^(6|7|9|10)\./, requirements: [...v6, ...v7, ...v9, ...v10] },
  { name: 'NIST SP 800-63B-4', cite: 'NIST SP 800-63B-4', covers: /^(2|3\.[12]|4\.[12])(\.|$)/, requirements: nist }
]

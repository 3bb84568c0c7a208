import { chapter, type Requirement } from './requirement.ts'
import {
  accessTokens,
  newFactor,
  noProviders,
  passwordReset,
  sessions,
  settings,
  stepByStep,
  tokenEndpoint,
  userAdmin
} from './shared.ts'

/** ASVS V7: sessions. */
export const v7: Requirement[] = [
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
      'After a change or removal of a factor, the password or a second one, the other sessions can be ended',
      'met',
      {
        where: ['src/auth/tokens/password-change.ts', passwordReset, 'src/auth/second-factor/second-factors.ts'],
        tests: [
          'by a link; every session ends, and the owner is notified',
          'users set-password sets it and ends every session',
          newFactor,
          'ends all other sessions, or all with ?all=true'
        ],
        note: 'They always end.'
      }
    ],
    [
      '7.4.4',
      '2',
      'Every page that needs a login has a visible way to log out',
      'met',
      {
        where: ['console/src/shell.tsx', 'console/src/who.ts'],
        tests: [
          'a login lasts as long as the page otherwise, and ends in the server at the sign-out',
          'stays signed in in this tab, if the person wants it'
        ],
        note: 'The console, whose header has "Sign out". Your app ends a session with `/revoke`, or with `signOut` of `sallyport/client`.'
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
        note: 'A change of the password needs the current one; a change of the address needs it, or a login of the last ten minutes; the first second factor needs the password, in the request or in a login of the last ten minutes. A further one and every removal need a login of the last ten minutes, and an account with a second factor one with two factors for each of them.'
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
        where: ['src/auth/sessions/reauthentication.ts', 'plugins/recent-login.ts', 'routes/me.ts'],
        tests: [
          'deleting an account requires its password, and guessing it is throttled',
          'both engines: administration needs a login of the last 600 s, which a refresh does not renew',
          'both engines: an administrator with a second factor needs a login with two factors'
        ],
        note: 'A change of the password and the deletion of an account need the current password. A change of the address or of second factors, and every change by an administrator, need a login of the last ten minutes, with two factors if the account has them; within these ten minutes nothing more is asked. A client that acts for itself needs its scope only.'
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

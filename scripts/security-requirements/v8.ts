import { chapter, type Requirement, without } from './requirement.ts'
import { accessTokens, attackerTest, meNeedsScope, onlyNamedMembers, pageOfApi, throttle, userAdmin } from './shared.ts'

const missingRights = 'refuses missing rights, invalid requests, and unknown accounts'
const callers = 'it says who may call an operation'
const recentLogin = 'both engines: administration needs a login of the last 600 s, which a refresh does not renew'

/** ASVS V8: authorization. */
export const v8: Requirement[] = [
  ...chapter('V8.1 Authorization Documentation', [
    [
      '8.1.1',
      '1',
      'Documents say who may do what, and with which data',
      'met',
      { where: ['docs/api.md', 'routes/README.md'], tests: [callers, 'the document has every URL of the table'] }
    ],
    [
      '8.1.2',
      '2',
      'Documents say who may read and write which field',
      'met',
      {
        where: ['docs/api.md', 'docs/openapi.json'],
        tests: [pageOfApi, callers],
        note: 'Each operation has the members that it accepts and returns.'
      }
    ],
    [
      '8.1.3',
      '3',
      'Documents name what else decides, such as address and time',
      'met',
      {
        where: ['SECURITY.md', 'docs/decisions/0034-bounded-guessing.md'],
        tests: [
          'decision 34 has the limits of the counters',
          'an IPv4 address belongs to its /24, an IPv6 address to its /64 (decision 34)'
        ],
        note: 'The address prefix, and the age and the factors of the login.'
      }
    ],
    [
      '8.1.4',
      '3',
      'Documents say how it decides, with thresholds and consequences',
      'met',
      {
        where: ['SECURITY.md', 'docs/decisions/0034-bounded-guessing.md', 'docs/second-factor.md'],
        tests: [
          'decision 34 has the limits of the counters',
          'SECURITY.md states what prefixes may guess, and when an app closes',
          '… states the figures of the code'
        ]
      }
    ]
  ]),
  ...chapter('V8.2 General Authorization Design', [
    [
      '8.2.1',
      '1',
      'A function needs an explicit permission',
      'met',
      {
        where: ['plugins/jwt.ts', 'src/auth/scopes.ts'],
        tests: [
          missingRights,
          meNeedsScope,
          'no grant and no step issues a scope that the account or the client lacks now, on both engines',
          'the audit trail requires the scope audit:read, the activity the scope me (RFC 6750 §3)',
          'the keys need their scopes, and an invalid rotation is refused'
        ]
      }
    ],
    [
      '8.2.2',
      '1',
      'Data of others needs an explicit permission',
      'met',
      {
        where: ['routes/me.ts', 'routes/sessions.ts', 'routes/passkeys.ts'],
        tests: [
          'a session can be ended once, by its own user only',
          'a user cannot rename or remove the passkey of another',
          "returns the events of the user's account, without details of other actors",
          attackerTest
        ]
      }
    ],
    [
      '8.2.3',
      '2',
      'A field of others needs an explicit permission',
      'met',
      {
        where: ['routes/shapes.ts', 'plugins/http/serialization.ts', userAdmin],
        tests: [
          onlyNamedMembers,
          'a secret is shown when it is created, and never again',
          'an administrator sees and removes them, but no secret'
        ]
      }
    ],
    [
      '8.2.4',
      '3',
      'Address, time or device change what is allowed, also during a session',
      'in part',
      {
        where: [throttle, 'src/auth/sessions/sessions.ts'],
        tests: [
          'failures at a known prefix do not count for others (decision 34)',
          'a login from a new address prefix is reported to the verified address',
          'a refresh is recorded when it comes from another address prefix than the last'
        ],
        note: 'The address limits logins. During a session a new address is recorded, and changes nothing.'
      }
    ]
  ]),
  ...chapter('V8.3 Operation Level Authorization', [
    [
      '8.3.1',
      '1',
      'The server decides, and not the client',
      'met',
      { where: [accessTokens, 'plugins/jwt.ts'], tests: [missingRights, meNeedsScope] }
    ],
    [
      '8.3.2',
      '3',
      'A change of permissions has effect at once',
      'in part',
      {
        where: [accessTokens],
        tests: [
          'a scope that the user lost is missing from tokens issued before',
          'introspection: a scope that was removed from the user takes effect at once',
          'no grant and no step issues a scope that the account or the client lacks now, on both engines'
        ],
        note: 'At once on every endpoint of Sallyport and with `/introspect`. An API that verifies offline sees it with the next access token, after 10 minutes by default.'
      }
    ],
    [
      '8.3.3',
      '3',
      'A service acts with the permissions of the user who asked',
      'met',
      {
        where: ['src/auth/tokens/resources.ts', 'src/auth/tokens/access-token-claims.ts'],
        tests: [
          "a client's own token names the client and no user (RFC 9068 §2.2.1, §3)",
          "a client's own token has no account (RFC 6749 §4.4)"
        ],
        note: 'Sallyport calls no other service. A token of a client never acts for a user.'
      }
    ]
  ]),
  ...chapter('V8.4 Other Authorization Considerations', [
    ...without('A server has one organization, and no tenants.', [['8.4.1', '2', 'Tenants cannot reach each other']]),
    [
      '8.4.2',
      '3',
      'Administration has several layers of protection, and the network is not the only one',
      'in part',
      {
        where: ['src/auth/sessions/reauthentication.ts', 'src/auth/second-factor/policy.ts'],
        tests: [recentLogin, 'both engines: an administrator with a second factor needs a login with two factors'],
        note: 'A scope, a recent login and, with `ADMIN_SECOND_FACTOR=required`, a second factor. The device and the risk of a request are not examined.'
      }
    ]
  ])
]

import { chapter, type Requirement } from './requirement.ts'
import {
  compareAndSwap,
  documentedThrottle,
  invalidRegistration,
  pageOfApi,
  stepsOfLogin,
  throttle,
  validation
} from './shared.ts'

const schemas = 'docs/api.md'
const unknownClients = 'refuses invalid clients (RFC 6749 §2.1, §3.3, §4.4)'
const sessionLimit = 'a user has at most MAX_SESSIONS_PER_USER sessions on both engines, and a login ends the oldest'

/** ASVS V2: validation and business logic. */
export const v2: Requirement[] = [
  ...chapter('V2.1 Validation and Business Logic Documentation', [
    [
      '2.1.1',
      '1',
      'Documents define the form of each input',
      'met',
      {
        where: [schemas, 'docs/openapi.json'],
        tests: [pageOfApi, 'types and limits are in words', 'every example is valid against its schema']
      }
    ],
    [
      '2.1.2',
      '2',
      'Documents define which inputs have to fit together',
      'met',
      { where: [schemas, 'docs/clients.md', 'docs/conformance.md'], tests: [pageOfApi, unknownClients] }
    ],
    [
      '2.1.3',
      '2',
      'Documents define the limits for one user and for all',
      'met',
      {
        where: ['docs/operating.md', 'docs/decisions/0034-bounded-guessing.md'],
        tests: ['decision 34 has the limits of the counters', 'every setting documents its values', documentedThrottle]
      }
    ]
  ]),
  ...chapter('V2.2 Input Validation', [
    [
      '2.2.1',
      '1',
      'All input is compared with what is expected',
      'met',
      { where: ['plugins/http/validation.ts', 'routes/shapes.ts'], tests: [validation, invalidRegistration] }
    ],
    [
      '2.2.2',
      '1',
      'The server validates, and does not rely on the client',
      'met',
      {
        where: ['plugins/http/validation.ts'],
        tests: [
          invalidRegistration,
          'invalid requests are refused with a problem (RFC 9457 §3)',
          'a form that no page of this server could send is refused with a page'
        ]
      }
    ],
    [
      '2.2.3',
      '2',
      'Inputs that belong together are checked together',
      'met',
      {
        where: ['src/auth/clients/client-admin.ts', 'src/auth/login/authorization-challenge.ts'],
        tests: [unknownClients, 'the parameters of the request are checked first']
      }
    ]
  ]),
  ...chapter('V2.3 Business Logic Security', [
    [
      '2.3.1',
      '1',
      'The steps of a flow come in their order, for one user',
      'met',
      {
        where: ['src/auth/login/authorization-challenge.ts'],
        tests: [
          stepsOfLogin,
          'refuses every fault alike, and goes on with a new challenge',
          'a passkey does not continue the login of another account'
        ]
      }
    ],
    [
      '2.3.2',
      '2',
      'The documented limits are enforced',
      'met',
      {
        where: [throttle, 'src/auth/sessions/sessions.ts'],
        tests: [
          sessionLimit,
          'right passwords of one account are limited, from all prefixes together (setting LOGIN_LIMIT)',
          'refreshes of one login are limited, and a refused one loses nothing (setting REFRESH_LIMIT)',
          'registrations are limited by prefix, before anything is hashed (setting REGISTRATION_LIMIT)',
          'an account has at most 20 passkeys'
        ]
      }
    ],
    [
      '2.3.3',
      '2',
      'An operation happens completely or not at all',
      'met',
      {
        where: ['src/store/engine/dialect.ts', 'docs/decisions/0004-no-interactive-transactions.md'],
        tests: [
          'both changes of one request are one transaction with one event each',
          'rolls back everything when one statement fails',
          'a change and the messages that report it are one transaction'
        ]
      }
    ],
    [
      '2.3.4',
      '2',
      'What exists once cannot be given twice',
      'met',
      {
        where: ['src/store/users.ts', 'src/store/spent.ts'],
        tests: [
          'of 20 concurrent registrations of one name exactly one succeeds',
          'of several accounts that verify one pending address at once one gets it',
          'of many concurrent uses of a link, one makes an administrator',
          compareAndSwap
        ]
      }
    ],
    [
      '2.3.5',
      '3',
      'Operations of high value need several persons',
      'not met',
      { note: 'One administrator is enough for each operation.' }
    ]
  ]),
  ...chapter('V2.4 Anti-automation', [
    [
      '2.4.1',
      '2',
      'Calls that collect data, write rows or cost much are limited',
      'met',
      {
        where: [throttle, 'src/auth/passwords/hash-queue.ts', 'src/auth/throttle/hourly-limit.ts'],
        tests: [
          documentedThrottle,
          'refused passkeys are counted by address prefix, and recorded up to the limit',
          'right passwords from ever new prefixes fall under LOGIN_LIMIT too',
          'prefixes that have registered lately leave a share for the others',
          'a client that acts for itself, and an administrator, are bounded in each process',
          'changes of one profile are limited (decision 34)',
          'changes of second factors are limited to 60 at once, and then to one a minute',
          'first links to one address are fifty at once, and then one each half hour',
          'forced resets of one account are limited: past ten at once, one an hour, and nothing changes',
          'an attacker gains no account, scope or audience, and stops no other client, on both engines'
        ],
        note: 'Every request that writes a row, sends mail or hashes is counted first. Reading is limited by the size of a page only.'
      }
    ],
    [
      '2.4.2',
      '3',
      'Flows take at least the time that a human needs',
      'not met',
      { note: 'Programs log in too, so no step has a shortest time.' }
    ]
  ])
]

import { chapter, type Requirement } from './requirement.ts'
import { compareAndSwap, forwardedFor, onlyNamedMembers, protoIsText, repeatedParameter, validation } from './shared.ts'

/** ASVS V15.3 and V15.4: code and concurrency. */
export const v15Code: Requirement[] = [
  ...chapter('V15.3 Defensive Coding', [
    [
      '15.3.1',
      '1',
      'Only the needed fields of an object are returned',
      'met',
      { where: ['plugins/http/serialization.ts'], tests: [onlyNamedMembers] }
    ],
    [
      '15.3.2',
      '2',
      'Requests of the server follow no redirects',
      'met',
      {
        where: ['src/resource-server/fetch-json.ts', 'src/doctor/issuer.ts', 'src/client/endpoints.ts'],
        tests: [
          'an answer other than 200 is a warning, and a redirect is not followed',
          'no redirect forwards the password or the refresh token (RFC 9110 §15.4.8)',
          'anything but the metadata of the issuer is refused, and fetched again (RFC 8414 §3.3)'
        ]
      }
    ],
    [
      '15.3.3',
      '2',
      'Each operation accepts only its own fields',
      'met',
      {
        where: ['plugins/http/validation.ts', 'routes/me.ts'],
        tests: [
          validation,
          'an invalid change is 400 with a pointer (RFC 9457 §3)',
          'an update changes only the given fields'
        ]
      }
    ],
    [
      '15.3.4',
      '2',
      'The address of a client is transferred so that it cannot be forged',
      'met',
      {
        where: ['plugins/http/forwarded.ts', 'src/config/addresses.ts'],
        tests: [
          forwardedFor,
          'a request is refused when its client address is no IP address (setting TRUST_PROXY)',
          'no file trusts X-Forwarded-For from a network in which other programs are',
          'every event of a request has its address, on both engines (OWASP ASVS 16.2.1)'
        ]
      }
    ],
    [
      '15.3.5',
      '2',
      'Types are checked, and comparisons are strict',
      'met',
      {
        where: ['plugins/http/validation.ts', 'tsconfig.json', 'biome.json'],
        tests: [validation, 'a query and path parameters, which are text, are converted (RFC 3986)']
      }
    ],
    [
      '15.3.6',
      '2',
      'Prototypes cannot be changed by input',
      'met',
      {
        where: ['plugins/http/form.ts', 'plugins/http/json.ts'],
        tests: [protoIsText, 'twenty thousand requests, valid and hostile, get the documented answers and nothing else']
      }
    ],
    [
      '15.3.7',
      '2',
      'Repeated and misplaced parameters confuse nothing',
      'met',
      {
        where: ['plugins/http/form.ts'],
        tests: [
          repeatedParameter,
          'parameters in the URL are refused by name, without repeating their value (RFC 6749 §2.3.1)',
          'refuses credentials that come in two ways or are not HTTP Basic (RFC 6749 §2.3, §5.2)'
        ]
      }
    ]
  ]),
  ...chapter('V15.4 Safe Concurrency', [
    [
      '15.4.1',
      '3',
      'Threads share objects safely',
      'met',
      {
        where: ['src/store/engine/group-commit.ts', 'docs/decisions/0041-synced-beside-the-event-loop.md'],
        tests: [
          'a write resolves once its commit is on disk; meanwhile, others gather for the next commit',
          'many processes that start at once agree on one secret'
        ],
        note: 'JavaScript has one thread; processes share only the database and the file of the secret.'
      }
    ],
    [
      '15.4.2',
      '3',
      'A check and the action that it allows are one step',
      'met',
      {
        where: ['src/store/engine/dialect.ts', 'src/store/session-refreshes.ts'],
        tests: [
          compareAndSwap,
          'no login succeeds if the password was changed or the user disabled or deleted meanwhile',
          'guessing in parallel gains nothing: an attempt counts before it is compared (decision 34)'
        ]
      }
    ],
    [
      '15.4.3',
      '3',
      'Locks cannot wait for each other, or for ever',
      'met',
      {
        where: ['src/store/engine/postgres-lists.ts', 'src/store/engine/group-commit.ts'],
        tests: [
          'of two lists in a deadlock, the one that PostgreSQL rolls back is sent again',
          'a client that stands still in a transaction loses its locks after a second',
          'each write waits five seconds for another process, from when it arrived'
        ]
      }
    ],
    [
      '15.4.4',
      '3',
      'Everyone gets a turn',
      'met',
      {
        where: ['src/auth/passwords/fair-line.ts'],
        tests: [
          'turns go round between prefixes, and within a prefix between accounts (decision 34)',
          'turns alternate between known and unknown callers (decision 34)'
        ]
      }
    ]
  ])
]

import { chapter, type Requirement } from './requirement.ts'
import { internalError } from './shared.ts'

const operating = 'docs/operating.md'
const events = 'src/auth/audit/audit-events.ts'
const logging = 'src/process/logging.ts'
const terminalSafe = 'what users send cannot control the terminal'
const jsonLines = 'a pipe gets JSON, one line for each event'

/** ASVS V16.3 to V16.5: events, protection of logs, errors. */
export const v16Events: Requirement[] = [
  ...chapter('V16.3 Security Events', [
    [
      '16.3.1',
      '2',
      'Every authentication is logged, with its kind',
      'met',
      {
        where: [events, 'src/auth/users/account-passwords.ts'],
        tests: [
          'logins: a wrong password, an unknown name, a disabled account',
          'refused logins with the right password: no attempt goes unrecorded'
        ],
        note: 'With its methods, and the reason of a failure. A login that is not finished is `login.challenged` or `code.issued`.'
      }
    ],
    [
      '16.3.2',
      '2',
      'Refused authorizations are logged; at level 3 all decisions',
      'in part',
      {
        where: [logging, 'plugins/metrics.ts', 'plugins/jwt.ts'],
        tests: ['a request is logged with method, path and address, without query and headers'],
        note: 'A refused request is a line of the log with its status, path and address, and the metric `sallyport_refused_total` counts it by its reason. It is not an event of the audit trail, and the line does not name the account.'
      }
    ],
    [
      '16.3.3',
      '2',
      'The documented events and attempts to get around the controls are logged',
      'in part',
      {
        where: [events, 'src/auth/throttle/throttle.ts'],
        tests: [
          'throttled requests, once per wait (decision 34)',
          'reuse of a replaced refresh token',
          'a counter that goes back or stays is refused, recorded and reported, on both engines'
        ],
        note: 'Waits, reused tokens, copied passkeys and refused clients are events. Input that the schemas refuse is a line of the log with its status.'
      }
    ],
    [
      '16.3.4',
      '2',
      'Unexpected errors and failing controls are logged',
      'met',
      {
        where: ['plugins/http/errors.ts', 'plugins/outage.ts', 'plugins/sealing.ts'],
        tests: [
          'what an internal error says goes to the log only',
          'an outage is one line at once, one each five seconds, and one at its end, without stacks',
          'new events are sealed every second, and a failure is logged and retried',
          'a refusal that cannot be recorded still stands, and the log has the missing audit event'
        ]
      }
    ]
  ]),
  ...chapter('V16.4 Log Protection', [
    [
      '16.4.1',
      '2',
      'Input cannot forge entries of a log',
      'met',
      {
        where: [logging, 'src/process/terminal-log.ts'],
        tests: [
          terminalSafe,
          jsonLines,
          'audit tail prints a line for each event, omits empty fields, and cannot control the terminal'
        ]
      }
    ],
    [
      '16.4.2',
      '2',
      'Logs cannot be read or changed without a right',
      'in part',
      {
        where: ['src/store/audit/seals.ts', 'docs/decisions/0027-sealed-audit-trail.md'],
        tests: [
          'the audit trail requires the scope audit:read, the activity the scope me (RFC 6750 §3)',
          'a faulty trail is not pruned and says why; public keys of earlier secrets are accepted',
          'a step finds what was changed after the one before, on both engines'
        ],
        note: 'Over HTTP the trail can only be read, and a change in the database shows. The log on standard output is yours to protect.'
      }
    ],
    [
      '16.4.3',
      '2',
      'Logs are sent to another system',
      'in part',
      {
        where: ['src/commands/audit.ts', operating],
        tests: [
          'audit tail --follow prints new events until its reader ends',
          'audit export --seals prints each seal after its events, and refuses filters, on both engines'
        ],
        note: 'Commands give the events to a program of yours that sends them. The server itself sends none.'
      }
    ]
  ]),
  ...chapter('V16.5 Error Handling', [
    [
      '16.5.1',
      '2',
      'An unexpected error shows a general message',
      'met',
      {
        where: ['plugins/http/errors.ts'],
        tests: [
          internalError,
          'what an internal error says goes to the log only',
          'a body that is not JSON is refused without details of the parser'
        ]
      }
    ],
    [
      '16.5.2',
      '2',
      'The server stays secure when something that it needs fails',
      'met',
      {
        where: ['plugins/outage.ts', 'src/store/engine/postgres.ts'],
        tests: [
          'a failing PostgreSQL causes 503, and service resumes within seconds after it recovers',
          'a full disk refuses writes, not reads, until there is space (decision 25)',
          'a mail server that is down fails no request, and gets every message later'
        ]
      }
    ],
    [
      '16.5.3',
      '2',
      'An error never opens what it should refuse',
      'met',
      {
        where: ['plugins/jwt.ts', 'src/auth/throttle/throttle.ts'],
        tests: [
          'a failing key store during a key look-up is 503, not a bad token (never a false 401)',
          'while the store cannot be read, every prefix is unknown and guessing is still stopped',
          'a hook that is not called, or that has an invalid scope, reports it and admits no request'
        ]
      }
    ],
    [
      '16.5.4',
      '3',
      'A last handler catches every error, so that none is lost and the process stays',
      'in part',
      {
        where: ['plugins/http/errors.ts', 'src/process/workers.ts'],
        tests: [
          'an error outside of a request has the status of a bug, for any thrown value',
          'is replaced, and the server keeps running'
        ],
        note: 'Every error of a request is. An error outside of one ends its process, with its stack on standard error; a worker is replaced, a single process is started again by systemd or Kubernetes.'
      }
    ]
  ])
]

import { chapter, type Requirement } from './requirement.ts'
import { noSecretInTrail } from './shared.ts'

const operating = 'docs/operating.md'
const events = 'src/auth/audit/audit-events.ts'
const logging = 'src/process/logging.ts'
const jsonLines = 'a pipe gets JSON, one line for each event'

/** ASVS V16.1 and V16.2: logs. */
export const v16Logs: Requirement[] = [
  ...chapter('V16.1 Security Logging Documentation', [
    [
      '16.1.1',
      '2',
      'An inventory has every log: events, form, place, use, access and age',
      'in part',
      {
        where: [operating, 'docs/decisions/0027-sealed-audit-trail.md'],
        note: 'The audit trail, the log, the metrics and the traces are described. Who may read the log, and how long it is kept, is yours to decide and to write down.'
      }
    ]
  ]),
  ...chapter('V16.2 General Logging', [
    [
      '16.2.1',
      '2',
      'Every entry says when, where, who and what',
      'met',
      {
        where: [events, logging],
        tests: [
          'an audit event has every member, with null for those that were not given',
          'a request is logged with method, path and address, without query and headers',
          "every answer has the request id of the log, and never the client's own"
        ]
      }
    ],
    [
      '16.2.2',
      '2',
      'Clocks agree, and times are in UTC',
      'met',
      {
        where: ['src/doctor/clock.ts', 'src/auth/database-clock.ts', events],
        tests: [
          'a database clock is a warning past half a second and an error past 30 s, ahead or behind',
          'nothing is deleted while the clock is wrong, and the log says why',
          'an event is readable with a number of 53 bits, a time until 9999 and a detail of plain values'
        ],
        note: 'To synchronize the clocks is a duty of the operator; the server and `doctor` compare them.'
      }
    ],
    [
      '16.2.3',
      '2',
      'Logs go only where the documents say',
      'met',
      {
        where: [logging, 'src/process/tracing.ts'],
        tests: [
          jsonLines,
          'without an endpoint no module of OpenTelemetry is loaded',
          'the log contains neither addresses nor links if there is a mail server'
        ],
        note: 'To standard output, the database and, if you set it, the collector of traces.'
      }
    ],
    [
      '16.2.4',
      '2',
      'Programs can read and connect the logs',
      'met',
      {
        where: [logging, 'src/commands/audit.ts'],
        tests: [
          jsonLines,
          'an export has each seal after its events, and the events without a seal last',
          "every answer has the request id of the log, and never the client's own"
        ]
      }
    ],
    [
      '16.2.5',
      '2',
      'Secrets are not logged, or only as a hash',
      'met',
      {
        where: [logging, events],
        tests: [
          'no secret is logged, by successful or failing requests',
          'members named like a secret are redacted anywhere in a log line',
          noSecretInTrail,
          'the audit trail records every step of a session, and no secret'
        ]
      }
    ]
  ])
]

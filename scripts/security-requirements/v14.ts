import { chapter, type Requirement, without } from './requirement.ts'
import { noSecretInTrail, noStore, onlyNamedMembers } from './shared.ts'

const assets = 'SECURITY.md'
const noQueryInLog = 'the log contains the path of a request without its query'

/** ASVS V14: data protection. */
export const v14: Requirement[] = [
  ...chapter('V14.1 Data Protection Documentation', [
    [
      '14.1.1',
      '2',
      'Sensitive data is identified and has levels of protection',
      'in part',
      { where: [assets], note: 'The table "What is protected" has the data, and where it is stored. It has no levels.' }
    ],
    [
      '14.1.2',
      '2',
      'Each level has documented requirements: encryption, retention, logging, access',
      'in part',
      {
        where: [assets, 'docs/operating.md', 'docs/decisions/0017-what-is-remembered.md'],
        note: 'Documented for each kind of data, and not by levels.'
      }
    ]
  ]),
  ...chapter('V14.2 General Data Protection', [
    [
      '14.2.1',
      '1',
      'URLs contain nothing sensitive',
      'not met',
      {
        where: ['plugins/http/form.ts', 'src/auth/mail/messages.ts', 'routes/html-pages.ts'],
        tests: [
          noQueryInLog,
          'parameters in the URL are refused by name, without repeating their value (RFC 6749 §2.3.1)'
        ],
        note: 'Mailed links have their token in the query. In the fragment it would not reach the server without a script, and the pages of links run none. A token works once, for a password within one hour; opening the page changes nothing, the page sends no referrer, and the log has no query. The setup link, which the console opens, has its token in the fragment; credentials in any other URL are refused.'
      }
    ],
    [
      '14.2.2',
      '2',
      'Sensitive data is not cached on the way',
      'met',
      {
        where: ['plugins/http/headers.ts'],
        tests: [noStore, 'POST /token issues tokens that must not be cached, on both engines (RFC 6749 §5.1)']
      }
    ],
    [
      '14.2.3',
      '2',
      'Sensitive data is not sent to untrusted parties, such as trackers',
      'met',
      {
        where: ['console/build.mjs', 'src/process/tracing.ts'],
        tests: ['nothing names another host', 'a span contains no input of a user, even after an error']
      }
    ],
    [
      '14.2.4',
      '2',
      'The documented controls are in place',
      'in part',
      {
        where: ['src/auth/keys/secrets.ts', 'plugins/pruning.ts'],
        tests: [
          'the private part is stored sealed',
          noSecretInTrail,
          'no secret is logged, by successful or failing requests',
          'AUDIT_RETENTION=…: the age at which events are deleted, 0 for never'
        ],
        note: 'They are, for what is documented; see 14.1.2.'
      }
    ],
    [
      '14.2.5',
      '3',
      'Only responses of the expected type are cached, and a missing file is 404',
      'in part',
      {
        where: ['plugins/console.ts'],
        tests: [
          'a missing asset is a 404 that is not stored',
          'every path below /console/ answers the page, which is never stored'
        ],
        note: 'Every path below `/console/` answers the same page, which contains no data and is never stored. A missing asset is 404.'
      }
    ],
    [
      '14.2.6',
      '3',
      'Only the data that is needed is returned, and masked',
      'in part',
      {
        where: ['plugins/http/serialization.ts', 'routes/shapes.ts'],
        tests: [onlyNamedMembers],
        note: 'Nothing is masked: administrators see whole addresses.'
      }
    ],
    [
      '14.2.7',
      '3',
      'Old data is deleted by a schedule',
      'in part',
      {
        where: ['plugins/pruning.ts'],
        tests: [
          'sessions that ended or expired on an earlier day are deleted, and no others',
          'are deleted when forgiven, and prefixes after half a year (decision 34)',
          'AUDIT_RETENTION=…: the age at which events are deleted, 0 for never'
        ],
        note: 'Sessions, links, counters, known prefixes and events are. Accounts stay until they are deleted, also when they are not used.'
      }
    ],
    ...without('Users send no files.', [['14.2.8', '3', 'Metadata of files from users is removed']])
  ]),
  ...chapter('V14.3 Client-side Data Protection', [
    [
      '14.3.1',
      '1',
      'After the session, its data is removed from the client, also without a connection',
      'in part',
      {
        where: ['console/src/session.ts', 'console/src/who.ts', 'src/client/login-store.ts'],
        tests: [
          'a login lasts as long as the page otherwise, and ends in the server at the sign-out',
          'signing out forgets the login and reports it even if the server cannot be reached',
          'the dialog keeps the page from another user'
        ],
        note: 'At the sign-out. When a login ends by itself, the console asks for a new one over the page, which stays, so that nothing typed is lost.'
      }
    ],
    [
      '14.3.2',
      '2',
      'Browsers store no sensitive response',
      'met',
      {
        where: ['plugins/http/headers.ts'],
        tests: [noStore, 'every path below /console/ answers the page, which is never stored']
      }
    ],
    [
      '14.3.3',
      '2',
      'The storage of the browser has session tokens, and nothing else that is sensitive',
      'met',
      {
        where: ['console/src/session.ts', 'src/client/login-store.ts'],
        tests: ['stays signed in in this tab, if the person wants it'],
        note: 'Tokens, the username and the scopes, in memory by default. `sallyport/client` stores the same where your app tells it.'
      }
    ]
  ])
]

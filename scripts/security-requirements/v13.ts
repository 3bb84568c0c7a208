import { chapter, type Requirement } from './requirement.ts'
import { assetsOnly, imageUser, internalError, onlyAssets, packageFiles } from './shared.ts'

const operating = 'docs/operating.md'
const connections = 'at most a thousand reads and writes wait for a connection, and the next one fails at once'
const urlNeverAsked = 'RFC 8725 §3.10: a key at a URL in the token is not used, and the URL is never asked: jku, x5u'

/** ASVS V13: configuration. */
export const v13: Requirement[] = [
  ...chapter('V13.1 Configuration Documentation', [
    [
      '13.1.1',
      '2',
      'Documents name every service that the program contacts',
      'in part',
      {
        where: [operating, 'docs/mail.md', 'docs/deploying.md'],
        note: 'The database, the mail server and the collector of traces, each on its page. No page lists them together.'
      }
    ],
    [
      '13.1.2',
      '3',
      'Documents say how many connections each has, and what happens beyond',
      'in part',
      { where: [operating], tests: [connections], note: 'For PostgreSQL and for clients. Not for mail.' }
    ],
    [
      '13.1.3',
      '3',
      'Documents say how resources are released, with timeouts and retries',
      'in part',
      {
        where: [operating, 'docs/mail.md'],
        tests: ['a message that could not be sent is retried after 2 minutes, 4, 8 … an hour, for a day'],
        note: 'For mail and the database, and not for everything.'
      }
    ],
    [
      '13.1.4',
      '3',
      'Documents name the critical secrets and when to replace them',
      'in part',
      {
        where: [operating],
        tests: ['a key is replaced once, when it reaches the age of KEY_ROTATION'],
        note: 'Signing keys are replaced every 90 days. `SECRET` has a command for a replacement, and no schedule.'
      }
    ]
  ]),
  ...chapter('V13.2 Backend Communication Configuration', [
    [
      '13.2.1',
      '2',
      'Parts of the backend authenticate with short-lived credentials of their own',
      'in part',
      {
        where: [operating],
        note: 'As your `DATABASE_URL` and `SMTP_URL` say: usually with a password, which does not change by itself.'
      }
    ],
    [
      '13.2.2',
      '2',
      'They have the least rights',
      'in part',
      {
        where: ['deploy/Dockerfile', 'deploy/sallyport.service'],
        tests: [imageUser],
        note: 'The process is not root and has few rights. Its account of PostgreSQL also applies migrations, so it may change tables.'
      }
    ],
    [
      '13.2.3',
      '2',
      'No credential has a default',
      'met',
      {
        where: ['src/config/config.ts', 'deploy/compose.yaml'],
        tests: [
          'PostgreSQL requires a secret in the settings',
          'a new server has no accounts and no registered clients (ASVS 6.3.2)'
        ]
      }
    ],
    [
      '13.2.4',
      '2',
      'A list says which systems the program may contact',
      'met',
      {
        where: ['src/config/settings.ts', 'src/auth/keys/keys.ts'],
        tests: [urlNeverAsked],
        note: 'The settings are the list: no request can name another system.'
      }
    ],
    [
      '13.2.5',
      '2',
      'A list says what the server may load or read',
      'met',
      { where: ['plugins/console.ts', 'src/config/settings.ts'], tests: [onlyAssets, urlNeverAsked] }
    ],
    [
      '13.2.6',
      '3',
      'Each connection follows its documents: number, timeouts, retries',
      'in part',
      {
        where: ['src/store/engine/postgres.ts', 'plugins/mail.ts'],
        tests: [
          connections,
          'a silent mail server delays nothing, least of all the shutdown',
          'a PostgreSQL that hangs or has no free connection causes 503 instead of a queue'
        ],
        note: 'Every connection has limits; the documents do not name each.'
      }
    ]
  ]),
  ...chapter('V13.3 Secret Management', [
    [
      '13.3.1',
      '2',
      'A vault keeps the secrets; none is in the source or the build; at level 3 in hardware',
      'in part',
      {
        where: ['src/config/secret-file.ts', operating],
        tests: [
          'a setting can be in a file, without surrounding white space',
          packageFiles,
          'no secret is made beside a database that has signing keys'
        ],
        note: 'A vault can mount a file for `SECRET_FILE`, `DATABASE_URL_FILE` and so on. Without one, `SECRET` is a file beside the database.'
      }
    ],
    [
      '13.3.2',
      '2',
      'Secrets are readable only where they are needed',
      'met',
      {
        where: ['src/config/secret-file.ts', 'src/doctor/files.ts'],
        tests: [
          'the secret is created once beside the SQLite file, readable only by its owner, and found again',
          'a secret file that other users can read or write is an error, for any mode of its folder',
          'a backup is one plain file, mode 0600, and includes the -wal of a running server'
        ]
      }
    ],
    [
      '13.3.3',
      '3',
      'A separate module, such as an HSM, does all cryptography',
      'not met',
      { note: 'The process of the server does.' }
    ],
    [
      '13.3.4',
      '3',
      'Secrets expire and are replaced as documented',
      'in part',
      {
        where: ['src/auth/keys/keys.ts'],
        tests: [
          'a key is replaced once, when it reaches the age of KEY_ROTATION',
          'a new secret replaces the old one at once',
          'the rolling change of the secret ends no login'
        ],
        note: 'Signing keys do. `SECRET` is replaced by a command without an interruption, and the secrets of clients by hand; neither expires.'
      }
    ]
  ]),
  ...chapter('V13.4 Unintended Information Leakage', [
    [
      '13.4.1',
      '1',
      'No folder of source control is installed',
      'met',
      {
        where: ['package.json', 'deploy/Dockerfile'],
        tests: [packageFiles, 'the files that the image needs exist and pass .dockerignore']
      }
    ],
    [
      '13.4.2',
      '2',
      'Debug modes are off in production',
      'met',
      {
        where: ['src/app.ts', 'plugins/http/errors.ts'],
        tests: [
          internalError,
          'what an internal error says goes to the log only',
          'events below LOG_LEVEL are not logged'
        ],
        note: 'There is none: `npm run dev` is not part of the package.'
      }
    ],
    ['13.4.3', '2', 'No listing of folders', 'met', { where: ['plugins/console.ts'], tests: [onlyAssets] }],
    ['13.4.4', '2', 'TRACE is not supported', 'met', { where: ['plugins/http/methods.ts'] }],
    [
      '13.4.5',
      '2',
      'Documents of the API and monitoring are exposed only on purpose',
      'met',
      {
        where: ['plugins/http/openapi.ts', 'src/process/metrics-listener.ts'],
        tests: [
          'only GET and HEAD of /metrics are answered',
          'NODE_ENV=production refuses them all at once, unless INSECURE=allow'
        ],
        note: '`/docs` and `/openapi.json` describe the public API; `DOCS=off` removes them. Metrics are off by default, and have a port of their own on the loopback address.'
      }
    ],
    [
      '13.4.6',
      '3',
      'The versions of backend components are not shown',
      'in part',
      {
        where: ['plugins/http/openapi.ts'],
        note: 'No header has a version. `/openapi.json` and `/docs` have that of Sallyport, which clients want to know; `DOCS=off` removes them.'
      }
    ],
    [
      '13.4.7',
      '3',
      'Only files of named kinds are served',
      'met',
      { where: ['plugins/console.ts', 'console/build.mjs'], tests: [onlyAssets, assetsOnly] }
    ]
  ])
]

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { makeAlice, type PageRun, runPage, serveCommand, skipPages } from '../support/page.ts'

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'))

/**
 * An account with an address, its access token, and `token_of PAGE`: the token of the newest link to that page in the
 * log.
 */
const makeReachableAlice = `
curl -s http://127.0.0.1:3000/users --json \
  '{"username": "alice", "password": "correct horse battery staple", "email": "alice@example.com"}' > alice.json
curl -s http://127.0.0.1:3000/token -d grant_type=password -d username=alice \
  --data-urlencode 'password=correct horse battery staple' > tokens.json
ACCESS_TOKEN=$(node -p 'require("./tokens.json").access_token')
token_of() {
  until grep -q "/$1?token=" server.log; do sleep 0.1; done
  grep -o "/$1?token=[A-Za-z0-9._-]*" server.log | tail -1 | sed 's/.*token=//'
}
`

/** The administrator of the quick start. */
const makeRoot = `
printf 'a long passphrase of my own' | npx sallyport users create root --admin --password-stdin > root.txt
`

/** Gives alice an authenticator app and, with a login, recovery codes. */
const enrolAlice = `
curl -s http://127.0.0.1:3000/token -d grant_type=password -d username=alice \\
  --data-urlencode 'password=correct horse battery staple' > tokens.json
AUTHORIZATION="Authorization: Bearer $(node -p 'require("./tokens.json").access_token')"
curl -s http://127.0.0.1:3000/users/me/factors -H "$AUTHORIZATION" --json '{"type": "totp"}' > factor.json
CODE=$(oathtool --totp --base32 "$(node -p 'require("./factor.json").secret')")
curl -s "http://127.0.0.1:3000/users/me/factors/$(node -p 'require("./factor.json").id')/confirm" -H "$AUTHORIZATION" \\
  --json "{\\"code\\": \\"$CODE\\"}" > recovery.json
`

/** Requests a link again, which is mailed once the address is verified. */
const forgetPassword = `curl -s http://127.0.0.1:3000/password/forgot --json '{"email": "alice@example.com"}'`

/** The state that the migration pages expect: files and databases of other applications, each with an account. */
const otherApplications = `
/usr/bin/python3 - <<'END'
import sqlite3
digest = "$2b$04$6qp2kIPwWTm2Gw4LVx.exur/s7RbrZwycOv3vaUAayBtuSryDPMC2"
for path, columns, values in [
    ("test.db", "users (id, username, email, full_name, hashed_password, disabled)", (1, "bob", "b@example.com", "", digest, 0)),
    ("app.db", "user (id, email, hashed_password, is_active, is_superuser, is_verified)", (1, "c@d.example", digest, 1, 0, 1)),
    ("shop.db", "people (login, mail, digest, is_on)", ("dora", "d@example.com", digest, 1)),
]:
    with sqlite3.connect(path) as db:
        db.execute(f"CREATE TABLE {columns}")
        db.execute(f"INSERT INTO {columns.split()[0]} VALUES ({', '.join('?' * len(values))})", values)
open("users.csv", "w").write(f"username,email,password_hash\\nemil,e@example.com,{digest}\\n")
open("people.ndjson", "w").write('{"login": "fay", "digest": "%s"}\\n' % digest)
END
`

/** The checks of doctor with the settings of docs/operating.md while no server runs. All are ok but `metadata`. */
const checks = `settings registration bcrypt-cost password-length second-factor passkeys token-life cors metrics mail
  issuer secret signing-keys secret-file database-file database-folder file-system disk-space driver
  database durability migrations clock audit-clock audit metadata hash-time hash-threads proxy client-address`.split(
  /\s+/
)

/** The checks that measure the machine, which may be slow or full. */
const measured = ['disk-space', 'database', 'hash-time']

/** The three runs of doctor: a table, the same as JSON, and a table for another peer. */
function findings(t: Test, output: string) {
  const [, table = '', list = '', other = ''] = /^(level .*?\n)(\[\n.*\n\]\n)(level .*\n)$/s.exec(output) ?? []
  const reports = [rowsOf(table), JSON.parse(list) as Finding[], rowsOf(other)]
  for (const report of reports) {
    const levels = report.map(({ check, level }) => [
      check,
      measured.includes(check) && level === 'warning' ? 'ok' : level
    ])
    t.strictSame(
      levels,
      checks.map(check => [check, check === 'metadata' ? 'warning' : 'ok'])
    )
  }
  const client = reports.map(report => report.at(-1)?.text)
  const usual = 'A request from 127.0.0.1 with "X-Forwarded-For: 203.0.113.7" has the client address 127.0.0.1.'
  const asked =
    'A request from 10.0.0.2 with "X-Forwarded-For: 198.51.100.9, 10.0.0.3" has the client address 10.0.0.2.'
  t.strictSame(client, [usual, usual, asked])
}

interface Finding {
  level: string
  check: string
  text: string
}

/** The rows of a table, without its header. */
const rowsOf = (table: string): Finding[] =>
  table
    .split('\n')
    .slice(1, -1)
    .map(row => {
      const [, level = '', check = '', text = ''] = /^(\S+) +(\S+) +(\S.*)$/.exec(row) ?? []
      return { level, check, text }
    })

/** A run of docs/embedding.md from an empty folder, whose packages are installed already. */
const embedding = (modules: string, standIns: Record<string, string>) => ({
  path: 'docs/embedding.md',
  modules,
  before: 'rm package.json',
  standIns: {
    ...standIns,
    'npm install fastify ./sallyport-0.3.0.tgz': ':',
    'npm install --save-dev typescript@~5.9 @types/node@20': ':'
  },
  prints: [/"name": /, /\[{"id":1,"of":"alice"}\]/, /^$/, /^(#|ℹ) pass 1\n\1 fail 0$/m]
})

/** What `secret rotate` prints when it has encrypted everything. */
const rotated =
  /^Encrypted with SECRET: 1 signing key\(s\), 0 app\(s\) .*\nNothing that is stored needs SECOND_SECRET any more\. /

/**
 * Each page whose commands are run, with the expected output or a check for each block of commands.
 * tutorial-page.test.ts runs those of docs/moving-from-fastapi.md.
 */
const pages: (PageRun & { modules?: string; prints: (RegExp | ((t: Test, output: string) => void))[] })[] = [
  {
    path: 'README.md',
    // .ci/run does the first two on a fresh clone; assurance/packages/package.test.ts does the third, and starts the
    // server.
    standIns: {
      'npm ci && npm start': serveCommand,
      'npm ci && npm test': ':',
      [`npm pack --pack-destination ../my-app\ncd ../my-app\nnpm init -y\nnpm pkg set type=module\nnpm install ./sallyport-${version}.tgz`]:
        ':'
    },
    prints: [/^$/, /^$/, /^$/, /^{"id":.*"username":"alice".*\n{"id":.*"username":"alice".*\n$/, /"status":401/]
  },
  {
    path: 'docs/quick-start.md',
    standIns: { 'npx sallyport serve': serveCommand },
    prints: [
      /^$/,
      /users:write[\s\S]*"username":"alice"/,
      /^{"access_token":.*}\n?{"id":.*"username":"alice"/,
      /orders:read[\s\S]*"scope":"me orders:read"/
    ]
  },
  {
    path: 'docs/clients.md',
    before: serveCommand + makeAlice,
    // The packages are installed already.
    standIns: { 'npm install openid-client': ':' },
    prints: [
      /^$/,
      /"scope":"me"/,
      /"scope":"users:read introspect"/,
      /username: 'alice'/,
      /^200\n$/,
      /^alice$/m,
      /^alice$/m,
      /username: 'alice'/
    ]
  },
  {
    path: 'docs/dpop.md',
    before: serveCommand + makeAlice,
    // The package is installed already.
    standIns: { 'npm install oauth4webapi': ':' },
    prints: [/^DPoP alice\n$/, /^dpop alice\n$/]
  },
  {
    path: 'docs/second-factor.md',
    before: serveCommand + makeAlice,
    prints: [/{"recovery_codes":\["[A-Z2-7]{4}-/, /"insufficient_authorization"[\s\S]*{"access_token":/]
  },
  {
    path: 'docs/email-codes.md',
    before: `export EMAIL_CODES=on
${serveCommand}${makeReachableAlice}
code_in_log() {
  until grep -qE '"code":"[0-9]{6}"' server.log; do sleep 0.1; done
  grep -oE '"code":"[0-9]{6}"' server.log | grep -oE '[0-9]{6}'
}
`,
    standIns: {
      'EMAIL_CODES=on npx sallyport serve': ':',
      '\'{"token": "…"}\'': `"{\\"token\\": \\"$(until grep -q bob@ server.log; do sleep 0.1; done; token_of verify-email)\\"}"`,
      '-d email_code=123456': '-d "email_code=$(code_in_log)"'
    },
    prints: [/^$/, /^$/, /^{"access_token":/]
  },
  embedding('CommonJS', { 'node server.mjs': 'node server.cjs' }),
  embedding('ES modules', { 'npm init -y': 'npm init -y && npm pkg set type=module' }),
  {
    path: 'docs/testing.md',
    prints: [/^(#|ℹ) pass 11\n\1 fail 0$/m]
  },
  {
    path: 'docs/browser.md',
    fromClone: true,
    prints: [/^sallyport-client-.*\.tgz\n\nadded 1 package in /m]
  },
  {
    path: 'docs/verifying.md',
    fromClone: true,
    standIns: {
      // assurance/published/verifying.test.ts runs these two with a server.
      'npx sallyport clients create orders-api': ': npx sallyport clients create orders-api',
      'curl -s http://127.0.0.1:3000/introspect': ': curl -s http://127.0.0.1:3000/introspect'
    },
    prints: [/^sallyport-verifier-.*\.tgz\n\nadded 3 packages in /m, /^$/, /^$/]
  },
  {
    path: 'packages/client/README.md',
    before: serveCommand + makeAlice,
    fromClone: true,
    prints: [/^added 1 package in /m, /^alice\n$/]
  },
  {
    path: 'packages/verifier/README.md',
    before: serveCommand + makeAlice,
    fromClone: true,
    // Offline, npm cannot look fastify up; the project finds it in the folder above.
    standIns: { '.tgz fastify': '.tgz' },
    prints: [/^added 3 packages in /m, /^\{"id":"[0-9a-f-]{36}"\}$/]
  },
  {
    path: 'docs/mail.md',
    before: serveCommand + makeReachableAlice + makeRoot,
    standIns: {
      // test/plugins/mail.test.ts uses a mail server; here the messages are in the log.
      "SMTP_URL='smtps://user:password@mail.example.com' MAIL_FROM='Example <no-reply@example.com>' npx sallyport serve":
        ':',
      '\'{"token": "…"}\'': `"{\\"token\\": \\"$(token_of verify-email)\\"}"`,
      '\'{"token": "…",': `'{"token": "'$(${forgetPassword}; token_of reset-password)'",`
    },
    prints: [
      /^$/,
      /^\{"id":.*"invited_at":"[^"]+".*\}dave is created\. SMTP_URL is not set, .*\nhttp:\S+\/reset-password\?token=\S+\n$/,
      /^$/,
      /^$/
    ]
  },
  {
    path: 'docs/texts.md',
    standIns: {
      // The tests hash at a cost that doctor refuses.
      'TEXTS=texts npx sallyport doctor': 'BCRYPT_COST=12 TEXTS=texts npx sallyport doctor',
      'TEXTS=texts npx sallyport serve': `export TEXTS=texts\n${serveCommand}`
    },
    prints: [/^$/, /^ok +settings +Every setting is valid\.$/m]
  },
  {
    path: 'docs/operating.md',
    standIns: {
      'SECRET_FILE=sallyport-secret npx sallyport serve': `export SECRET_FILE=sallyport-secret\n${serveCommand}`,
      'SECRET_FILE=sallyport-secret SECOND_SECRET_FILE=old-secret npx sallyport serve': `kill %1; wait\nSECOND_SECRET_FILE=old-secret ${serveCommand}`,
      // The same secret, as `init` writes it.
      'sed -i': 'kill %1; wait; unset SECRET_FILE; echo "SECRET=$(cat sallyport-secret)" > .env\nsed -i',
      '>> .env\nnpx sallyport serve': `>> .env\n${serveCommand}`,
      // The rest of the page has the secret in a file again.
      'sudo install -d -m 0700 -o "$(id -un)" /backups':
        'sed -n s/^SECRET=//p .env > sallyport-secret; rm .env; export SECRET_FILE=sallyport-secret; install -d -m 0700 -o "$(id -un)" backups',
      '/backups/': 'backups/',
      'sallyport-2026-01-31.': 'sallyport-$(date +%F).',
      // assurance/published/postgres-backup.test.ts runs these.
      'sudo -u postgres': ':',
      // A restore waits for no server.
      'npx sallyport restore': 'kill %1; wait; npx sallyport restore',
      // The tests hash at a cost that doctor refuses.
      'npx sallyport doctor': 'BCRYPT_COST=12 npx sallyport doctor',
      'npm install @fastify/otel': ': npm install @fastify/otel'
    },
    prints: [
      /^$/,
      /^$/,
      rotated,
      /^$/,
      rotated,
      /^file {6}backups\/sallyport-\d{4}-\d\d-\d\d\.db\naccounts {2}0\nclients {3}0\nkeys {6}1\nsessions {2}0\nbytes {5}\d+\nThe backup does not contain the secret \(SECRET, or the file `secret` beside the database\)\. Keep a copy of it in another place\.\n$/,
      /^Restored \S+\/data\/sallyport\.db: 0 account\(s\), 0 client\(s\), 1 key\(s\)\. Ended 0 login\(s\)\. The previous database is \S+\/data\/sallyport\.db\.before-restore\.\n$/,
      /^$/,
      /^The database is up to date\.\nEnded 0 login\(s\)\.\n$/,
      /^$/,
      findings
    ]
  },
  {
    path: 'docs/faq.md',
    before: `${serveCommand}${makeReachableAlice}TOKEN=$ACCESS_TOKEN\n`,
    prints: [/^{"iss":"http:\/\/127\.0\.0\.1:3000","aud":"http:\/\/127\.0\.0\.1:3000","sub":.*}\n$/]
  },
  {
    path: 'docs/upgrading.md',
    before: serveCommand,
    standIns: {
      // The tests hash at a cost that doctor refuses.
      'npx sallyport doctor': 'BCRYPT_COST=12 npx sallyport doctor'
    },
    prints: [/^file {6}before-upgrade\.db\n/, /^level +check/m]
  },
  {
    path: 'docs/when-something-is-lost.md',
    before: serveCommand + makeAlice + enrolAlice,
    standIns: {
      'npx sallyport users set-password NAME':
        "printf 'another horse battery staple' | npx sallyport users set-password NAME --password-stdin",
      NAME: 'alice',
      'rotate-secret alice':
        'create alice --confidential --grants client_credentials --scopes introspect > client.txt; npx sallyport clients rotate-secret alice',
      // The accounts above include an administrator.
      'npx sallyport setup-link':
        'export DATABASE_URL=sqlite:empty/sallyport.db; npx sallyport migrate > migrated.txt 2>&1; npx sallyport setup-link; unset DATABASE_URL',
      '(umask': 'kill %1; wait; rm data/secret; (umask',
      'secret discard': 'secret discard --yes'
    },
    prints: [
      /^alice has a new password, /,
      /^username[\s\S]*\nalice [\s\S]*\nalice is enabled\.\nScopes of alice: me users:read users:write clients:read clients:write keys:read keys:write audit:read introspect\n$/,
      /^alice has no second factor, and every login has ended\.\n/,
      /Ended \d+ login\(s\) of alice\.\n$/,
      /^http:\/\/127\.0\.0\.1:3000\/console\/#setup=\S+\n$/,
      /^client_id +\S+\n[\s\S]*client_secret +\S+/,
      /^Removed 1 signing key\(s\), and second factors of 0 account\(s\)\.\n$/
    ]
  },
  {
    path: 'docs/moving-in.md',
    before: otherApplications,
    standIns: {
      'npx sallyport users import --preset fastapi-template --from postgres://postgres@db.example.com/app': ':',
      'npx sallyport users import --preset django --from postgres://app@db.example.com/app': ':',
      'npx sallyport users import --preset supabase --from postgres://postgres@db.example.com/postgres': ':'
    },
    prints: [
      /^row 1 \(bob\): to be created\n1 .* to be created, [\s\S]*\nNothing was written\.\n[\s\S]*1 account\(s\) created, 0 unchanged, 0 row\(s\)/,
      /^1 account\(s\) created, .*\nIn 1 username\(s\), a dot replaces the @/,
      /^1 account\(s\) created, /,
      /^1 account\(s\) created, [\s\S]*\n1 account\(s\) created, /,
      // test/commands/users-import.test.ts imports from the view.
      /^$/,
      /^$/
    ]
  }
]

// Each page has its own network and folder, and spends much of its time waiting for a server to start.
t.jobs = 2
// tap writes into the options object, so no two tests may share it.
const how = () => ({ skip: skipPages, buffered: true })

for (const { prints, modules, ...page } of pages) {
  t.test(`The commands of ${page.path} work as documented${modules ? `, with ${modules}` : ''}`, how(), async t => {
    const output = await runPage(t, page)
    t.equal(output.length, prints.length)
    for (const [index, printed] of output.entries()) {
      const print = prints[index]
      if (print instanceof RegExp) t.match(printed, print, `block ${index + 1}`)
      else print?.(t, printed)
    }
  })
}

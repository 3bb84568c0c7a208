import { test } from 'tap'
import { makeAlice, type PageRun, runPage, skipPages, startServer } from './support/page.ts'

/** An account with an address, its access token, and `token_of PAGE`: the token of the newest link to that page in the log. */
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

/** Each page whose commands are run, and what each block of commands has to print. */
const pages: (PageRun & { prints: RegExp[] })[] = [
  {
    path: 'README.md',
    // .ci/run does both on a fresh clone: the first in test/package.test.ts, from the packed package.
    standIns: { 'npm ci && npm start': startServer, 'npm ci && npm test': ':' },
    prints: [/^$/, /^$/, /^{"id":.*"username":"alice".*\n{"id":.*"username":"alice".*\n$/, /"status":401/]
  },
  {
    path: 'docs/quick-start.md',
    standIns: { 'npx sallyport serve': startServer },
    prints: [
      /^$/,
      /users:write[\s\S]*"username":"alice"/,
      /^{"access_token":.*}\n?{"id":.*"username":"alice"/,
      /orders:read[\s\S]*"scope":"me orders:read"/
    ]
  },
  {
    path: 'docs/clients.md',
    before: startServer + makeAlice,
    prints: [
      /^$/,
      /"scope":"me"/,
      /"scope":"users:read introspect"/,
      /username: 'alice'/,
      /^alice$/m,
      /^alice$/m,
      /username: 'alice'/
    ]
  },
  {
    path: 'docs/embedding.md',
    prints: [/\[{"id":1,"of":"alice"}\]/]
  },
  {
    path: 'docs/testing.md',
    prints: [/^# pass 11\n# fail 0$/m]
  },
  {
    path: 'docs/mail.md',
    before: startServer + makeReachableAlice,
    standIns: {
      // test/plugins/mail.test.ts has a mail server; here the messages are in the log.
      "SMTP_URL='smtps://user:password@mail.example.com' MAIL_FROM='Example <no-reply@example.com>' npx sallyport serve":
        ':',
      '\'{"token": "…"}\'': `"{\\"token\\": \\"$(token_of verify-email)\\"}"`,
      '\'{"token": "…",': `'{"token": "'$(token_of reset-password)'",`
    },
    prints: [/^$/, /^$/, /^$/]
  },
  {
    path: 'docs/operating.md',
    standIns: {
      'SECRET_FILE=sallyport-secret npx sallyport serve': `export SECRET_FILE=sallyport-secret\n${startServer}`,
      '/backups/': 'backups/',
      'sallyport-2026-01-31.db': 'sallyport-$(date +%F).db',
      // A restore waits for no server.
      'npx sallyport restore': 'kill %1; wait; npx sallyport restore',
      'npx sallyport backup': 'mkdir backups; npx sallyport backup',
      'npm install @fastify/otel': ': npm install @fastify/otel'
    },
    prints: [/^$/, /sallyport-.*\.db/, /restored|in place/i, /^$/, /"findings"|"level"|ok/]
  },
  {
    path: 'docs/moving-from-fastapi.md',
    before: startServer,
    prints: [/\[{"item_id":"Foo","owner":"[0-9a-f-]{36}"}\]$/]
  }
]

for (const { prints, ...page } of pages) {
  test(`the commands of ${page.path} do what the page says`, { skip: skipPages }, async t => {
    const output = await runPage(t, page)
    t.equal(output.length, prints.length)
    for (const [index, pattern] of prints.entries()) t.match(output[index], pattern, `block ${index + 1}`)
  })
}

test('a command that fails fails the page (this test itself)', { skip: skipPages }, async t => {
  await t.rejects(runPage(t, { path: 'docs/embedding.md', before: 'false' }), /A command failed with 1/)
})

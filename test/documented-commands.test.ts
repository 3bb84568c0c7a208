import { test } from 'tap'
import { makeAlice, type PageRun, runPage, skipPages, startServer } from './support/page.ts'

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
    prints: [/\[{"id":1,"of":"alice"}\]$/]
  },
  {
    path: 'docs/testing.md',
    prints: [/^# pass 11\n# fail 0$/m]
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

import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { type Test, test } from 'tap'
import { run } from '../../src/cli.ts'
import type { Streams } from '../../src/commands/terminal.ts'
import { password } from '../support/app.ts'
import { createCli } from '../support/cli.ts'
import { auditTrail, execute } from '../support/store.ts'

/** The commands on a database with the account alice, and a folder for files. */
async function createWorld(t: Test) {
  const cli = createCli(t)
  const url = String(cli.env.DATABASE_URL)
  await cli.sallyport(['users', 'create', 'alice', '--email', 'a@example.com', '--password-stdin'], password)
  return { ...cli, url, folder: join(url.slice('sqlite:'.length), '..') }
}

const exports = async (t: Test, url: string) =>
  (await auditTrail(t, url)).filter(({ action }) => action === 'users.exported')

test('users export writes a new file readable only by its owner, in the format of its name', async t => {
  const { sallyport, url, folder } = await createWorld(t)
  const [csv, ndjson, other] = [join(folder, 'users.csv'), join(folder, 'users.ndjson'), join(folder, 'users')]
  t.same(await sallyport(['users', 'export', csv]), { code: 0, out: '', err: '' })
  t.same(await sallyport(['users', 'export', ndjson]), { code: 0, out: '', err: '' })
  t.same(await sallyport(['users', 'export', other, '--format', 'csv']), { code: 0, out: '', err: '' })
  for (const file of [csv, ndjson, other]) t.equal(statSync(file).mode & 0o777, 0o600)
  t.equal(readFileSync(other, 'utf8'), readFileSync(csv, 'utf8'))
  t.match(
    readFileSync(csv, 'utf8'),
    /^id,username,email,.*\n[0-9a-f-]{36},alice,a@example\.com,false,,"\$bcrypt-sha256/
  )
  t.match(JSON.parse(readFileSync(ndjson, 'utf8')), { username: 'alice', password_hash: /^\$bcrypt-sha256\$/ })
  t.match(await exports(t, url), [
    { actor: 'cli', subject: null, detail: { to: csv } },
    { actor: 'cli', detail: { to: ndjson } },
    { actor: 'cli', detail: { to: other } }
  ])
})

test('users export without a file writes CSV, or the format of --format, to standard output', async t => {
  const { sallyport, url } = await createWorld(t)
  const csv = await sallyport(['users', 'export'])
  t.match(csv, { code: 0, out: /^id,username,.*\n.*alice/, err: '' })
  const ndjson = await sallyport(['users', 'export', '--format', 'ndjson'])
  t.match(ndjson, { code: 0, err: '' })
  t.match(JSON.parse(ndjson.out), { username: 'alice' })
  t.match(await exports(t, url), [{ detail: { to: 'standard output' } }, { detail: { to: 'standard output' } }])
})

test('users export prints no hashes to a terminal', async t => {
  const { env, url } = await createWorld(t)
  const [stdout, stderr] = [Object.assign(new PassThrough(), { isTTY: true }), new PassThrough()]
  const streams = { stdin: new PassThrough(), stdout, stderr, env } as unknown as Streams
  t.equal(await run(['users', 'export'], streams), 2)
  stdout.end()
  stderr.end()
  t.equal(await text(stdout), '')
  t.equal(await text(stderr), 'An export contains password hashes. Write it to a file or a pipe.\n')
  t.same(await exports(t, url), [])
})

test('A failed export is refused, and leaves no partial or replaced file (scenario table)', async t => {
  const { sallyport, url, folder } = await createWorld(t)
  const there = join(folder, 'there.csv')
  writeFileSync(there, 'precious')
  for (const [file, code, message] of [
    [there, 1, `${there} already exists. Choose another name.\n`],
    [folder.concat('.csv/x.csv'), 1, `Cannot write ${folder}.csv/x.csv (ENOENT).\n`],
    [join(folder, 'users'), 2, `The format of ${join(folder, 'users')} is unknown. Add --format csv or`]
  ] as const) {
    const outcome = await sallyport(['users', 'export', file])
    t.match(outcome, { code, out: '' }, file)
    t.ok(outcome.err.startsWith(message), outcome.err)
  }
  t.equal(readFileSync(there, 'utf8'), 'precious')
  t.same(await exports(t, url), [], 'and the audit trail records no export')

  await execute(url, "UPDATE users SET scopes = 'not JSON'")
  const half = join(folder, 'half.csv')
  const { code, err } = await sallyport(['users', 'export', half])
  t.equal(code, 1)
  t.match(err, /^Database error: /)
  t.notOk(existsSync(half))
})

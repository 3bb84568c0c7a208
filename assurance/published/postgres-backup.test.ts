import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { password } from '../../test/support/app.ts'
import { createCaller } from '../../test/support/caller.ts'
import { createCli } from '../../test/support/cli.ts'
import { createPostgres } from '../../test/support/embedded-postgres.ts'
import { readmeCommands, runCommands } from '../../test/support/readme-commands.ts'
import { startNode } from '../support/nodes.ts'

// The backup of PostgreSQL as docs/data.md has it, and the first commands for PostgreSQL of docs/run.md. The server is
// Debian's, because pg_dump refuses a newer one, and embedded-postgres has no pg_dump.

const root = join(import.meta.dirname, '../..')
const versions = '/usr/lib/postgresql'
const newest = existsSync(versions) && readdirSync(versions).sort((a, b) => Number(b) - Number(a))[0]

/** The only block of a page with `text`. */
function block(page: string, text: string): string {
  const found = readmeCommands(join(root, page)).filter(code => code.includes(text))
  if (found.length !== 1) throw new Error(`${page} has ${found.length} blocks with ${text}`)
  return String(found[0])
}

const skip = !process.env.CI && !newest && 'PostgreSQL of Debian is not installed'

t.test('A dump of PostgreSQL is restored, and brings no login back', { skip }, async t => {
  const native = join(versions, String(newest))
  const server = await createPostgres({ connections: 30, more: ['unix_socket_directories='], native })
  await server.start()
  t.teardown(() => server.stop())
  const { port, password: rootPassword } = new URL(server.url)

  // `sudo -u postgres` is the role of that name here, and npx finds the program that was built.
  const folder = t.testdir({ 'sallyport-secret': 'a secret of the tests, 32 bytes or more' })
  const shims = `
    sudo() { shift 2; "$@"; }
    npx() { shift; node ${join(root, 'bin/sallyport.cjs')} "$@"; }
  `
  const env = {
    PATH: `${native}/bin:${process.env.PATH}`,
    PGHOST: '127.0.0.1',
    PGPORT: port,
    PGUSER: 'postgres',
    PGPASSWORD: rootPassword,
    SECRET_FILE: join(folder, 'sallyport-secret'),
    ISSUER: 'http://127.0.0.1:3000',
    BCRYPT_COST: '4'
  }
  const DATABASE_URL = `postgres://sallyport:secret@127.0.0.1:${port}/sallyport`
  const run = (...commands: string[]) =>
    runCommands(t, [shims, ...commands], { cwd: folder, env: { ...env, DATABASE_URL } })

  await run(
    block('docs/run.md', 'createuser --pwprompt')
      // createuser asks a terminal.
      .replace(/sudo .*createuser .*\n/, `psql --quiet -c "CREATE ROLE sallyport LOGIN PASSWORD 'secret'"\n`),
    'npx sallyport migrate'
  )
  const { sallyport } = createCli(t, { ...env, DATABASE_URL })
  const create = (name: string) => sallyport(['users', 'create', name, '--password-stdin'], password)
  t.match(await create('alice'), { code: 0 })
  const start = async () => {
    const node = await startNode(t, { ...env, DATABASE_URL, PORT: '0' })
    return { ...node, caller: createCaller(t, node.url) }
  }
  const stop = async ({ child, exit }: Awaited<ReturnType<typeof start>>) => {
    child.kill('SIGTERM')
    t.strictSame(await exit, [0, null])
  }

  const first = await start()
  const { refresh_token } = (await first.caller.logIn()).body
  // While the server runs.
  await run(block('docs/data.md', 'pg_dump --format=custom'))
  const dump = readdirSync(folder).filter(name => name.endsWith('.dump'))
  t.match(dump, [/^sallyport-\d{4}-\d\d-\d\d\.dump$/])
  t.equal(execFileSync('stat', ['-c', '%a', join(folder, String(dump[0]))], { encoding: 'utf8' }), '600\n')
  t.match(await create('bob'), { code: 0 })
  await stop(first)

  const [, restored] = await run(block('docs/data.md', 'pg_restore').replace(/sallyport-\S+\.dump/, String(dump[0])))
  t.match(restored, /^ALTER DATABASE\nALTER DATABASE\nThe database is up to date\.\nEnded 1 login\(s\)\.\n$/)

  const second = await start()
  t.match(await second.caller.refresh(refresh_token), { status: 400, body: { error: 'invalid_grant' } })
  t.match(await second.caller.logIn(), { status: 200 })
  t.match((await sallyport(['users', 'list', '--json'])).out, /alice/)
  t.notMatch((await sallyport(['users', 'list', '--json'])).out, /bob/, 'the account is newer than the dump')
  const [, owners] = await run(
    'psql --tuples-only --no-align --dbname=sallyport -c "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = \'public\'"'
  )
  t.equal(owners, 'sallyport\n', 'a later version can migrate it')
  await stop(second)
})

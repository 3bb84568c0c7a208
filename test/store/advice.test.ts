import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { withAdvice } from '../../src/store/advice.ts'
import { openDatabase } from '../../src/store/engine/sqlite-driver.ts'
import { StoreError } from '../../src/store/errors.ts'
import { openMigratedStore } from '../../src/store/open.ts'
import { emptyDatabaseUrl } from '../support/engines.ts'
import { freePort } from '../support/free-port.ts'
import { pgTest } from '../support/pg-test.ts'
import { select } from '../support/select.ts'

/** The error of a start with this database. */
async function problemOf(databaseUrl: string, migrationDatabaseUrl?: string, mayCreate?: boolean): Promise<string> {
  const urls = { databaseUrl, ...(migrationDatabaseUrl !== undefined && { migrationDatabaseUrl }) }
  const options = { waitMs: 0, notify: () => {}, onWait: () => {}, mayCreate }
  return await openMigratedStore(urls, options).then(
    store => store.close().then(() => 'none'),
    error => error.message
  )
}

t.test('A database that cannot be opened names the setting to change', async t => {
  const folder = t.testdir({ file: 'this is not a database, and long enough for SQLite to see it'.repeat(20) })
  const advice = 'it has to be that of a file, which this user may read and write, as its folder'
  for (const path of [folder, join(folder, 'file', 'a.db')]) {
    const problem = await problemOf(`sqlite:${path}`)
    t.ok(problem.endsWith(`. Check the path in DATABASE_URL (sqlite:${path}): ${advice}`), problem)
  }
  t.match(
    await problemOf(`sqlite:${join(folder, 'file')}`),
    /\. DATABASE_URL \(sqlite:.*\/file\) has to name a SQLite database, or a new file$/
  )

  const refused = `postgres://me:hunter2@127.0.0.1:${await freePort()}/x`
  t.match(
    await problemOf(refused),
    /ECONNREFUSED\)\. Check the host and the port in DATABASE_URL, and that PostgreSQL is running$/
  )
  t.match(
    await problemOf('postgres://me@/x?host=/nonexistent'),
    /\.s\.PGSQL\.5432 \(ENOENT\)\. Check the host and the port in DATABASE_URL, and that PostgreSQL is running$/
  )
  // RFC 6761 §6.4: a name that never exists.
  t.match(
    await problemOf('postgres://me:hunter2@db.invalid/x'),
    /db\.invalid \(E.*\)\. Check the host in DATABASE_URL$/
  )
  t.match(await problemOf('postgres://me:caf%e9@127.0.0.1/x'), /Check the user and the password in DATABASE_URL, where/)
})

t.test('A SQLite file that is damaged or of another program says what to do', async t => {
  const folder = t.testdir()
  const [damaged, foreign] = [join(folder, 'damaged.db'), join(folder, 'foreign.db')]
  t.equal(await problemOf(`sqlite:${damaged}`), 'none')
  const bytes = readFileSync(damaged)
  // The page of the schema, after the header of the file.
  bytes.fill(0xff, 100, 200)
  writeFileSync(damaged, bytes)
  const restore = 'The file is damaged: restore a backup with `sallyport restore`'
  for (const mayCreate of [true, false]) {
    const problem = await problemOf(`sqlite:${damaged}`, undefined, mayCreate)
    t.equal(problem, `Database error: database disk image is malformed (SQLITE_CORRUPT). ${restore}`)
  }
  openDatabase(foreign).exec('CREATE TABLE users (id)').close()
  t.equal(
    await problemOf(`sqlite:${foreign}`),
    'Database error: table `users` already exists (SQLITE_ERROR). ' +
      `Name another database in DATABASE_URL (sqlite:${foreign}): this one has tables of another program`
  )
})

pgTest('A PostgreSQL database of another program says what to do', async t => {
  const url = await emptyDatabaseUrl(t, 'postgres')
  await select(url, 'CREATE TABLE users (id text)')
  const advice = 'Name another database in DATABASE_URL: this one has tables of another program'
  t.equal(await problemOf(url), `Database error: relation "users" already exists (42P07). ${advice}`)
})

/** The URL of an empty database, and the same with other parts. */
async function createUrls(t: Test) {
  const url = await emptyDatabaseUrl(t, 'postgres')
  return { url, but: (parts: Partial<URL>) => Object.assign(new URL(url), parts).href }
}

pgTest('A PostgreSQL that refuses names the setting to change, and no password', async t => {
  const { url, but } = await createUrls(t)
  const [role, password] = [`weak_${process.pid}`, 'hunter2']
  await select(url, `CREATE ROLE ${role} LOGIN PASSWORD '${password}'`)
  t.teardown(() => select(String(process.env.TEST_POSTGRES_URL), `DROP ROLE ${role}`))
  const other = createServer(socket => socket.end()).listen(0, '127.0.0.1')
  t.teardown(() => other.close())
  await new Promise(resolve => other.once('listening', resolve))
  const { port } = other.address() as { port: number }
  for (const [parts, advice] of [
    [{ password }, 'Check the user and the password in %, where @ : / ? # and % are percent-encoded'],
    [{ password: '' }, 'Check the user and the password in %, where'],
    [{ pathname: '/no_such_database' }, 'Create it, or change the name in %'],
    [{ username: role, password }, 'Make the user in % the owner of the database'],
    [{ search: '?sslmode=verify-full' }, 'Check sslmode and sslrootcert in %'],
    [{ port: String(port) }, 'Check the host and the port in %, and that PostgreSQL is running']
  ] as const) {
    const problems = {
      DATABASE_URL: await problemOf(but(parts)),
      MIGRATION_DATABASE_URL: await problemOf(url, but(parts))
    }
    for (const [setting, problem] of Object.entries(problems)) {
      t.ok(problem.includes(`. ${advice.replace('%', setting)}`), problem)
      t.notMatch(problem, password)
    }
  }
  t.equal(await problemOf(url, url), 'none')
})

t.test('An error that no setting causes has no advice', async t => {
  t.equal(withAdvice(new StoreError('unavailable', 'The disk is full', 'SQLITE_FULL')).message, 'The disk is full')
})

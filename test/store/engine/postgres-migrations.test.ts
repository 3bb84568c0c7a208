import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import t, { type Test } from 'tap'
import { run } from '../../../src/cli.ts'
import type { Streams } from '../../../src/commands/terminal.ts'
import { testConfig } from '../../support/app.ts'
import { installed } from '../../support/cli.ts'
import { emptyDatabaseUrl } from '../../support/engines.ts'
import { connect, hold } from '../../support/locks.ts'
import { pgTest } from '../../support/pg-test.ts'
import { releasedDatabase } from '../../support/released.ts'
import { select } from '../../support/select.ts'
import { openNode } from '../../support/store.ts'

const { secret } = testConfig()

/** `sallyport migrate` in this process, and what it prints second. */
function startMigrate(url: string) {
  const [stdin, stdout, stderr] = Array.from({ length: 3 }, () => new PassThrough({ encoding: 'utf8' }))
  const env = { DATABASE_URL: url, SECRET: secret }
  const code = run(['migrate'], { stdin, stdout, stderr, env } as unknown as Streams, installed(env))
  const second = async () => {
    await once(stderr as PassThrough, 'data')
    return once(stderr as PassThrough, 'data')
  }
  return { code, warned: second() }
}

/** Reads as a node of 0.2.0 does, again and again, until `stop` is called; rejects when a read fails. */
async function keepReading(t: Test, connectionString: string) {
  const client = new pg.Client({ connectionString, query_timeout: 5000 })
  await client.connect()
  t.teardown(() => client.end())
  let reads = true
  const read = async () => {
    for (; reads; await setTimeout(10))
      await client.query(
        'SELECT sessions.id FROM sessions LEFT JOIN users ON users.id = user_id LEFT JOIN clients ON clients.id = client_id'
      )
  }
  const done = read()
  return () => {
    reads = false
    return done
  }
}

pgTest('While a migration waits for a long read, it names the reader, and other reads end', async t => {
  const { url } = await releasedDatabase(t, '0.2.0', 'postgres')
  const reader = await hold(t, `${url}?application_name=a%20backup`, 'SELECT FROM users')
  const stops = await Promise.all(Array.from({ length: 4 }, () => keepReading(t, url)))
  const { code, warned } = startMigrate(url)
  t.match(await Promise.race([warned, code]), [
    /^The migration waits for PostgreSQL process \d+ \(a backup\), which began its transaction at 20.+Z\. It tries again every few seconds, and nodes of the old version work\.\n$/
  ])
  // While the next attempt waits, and the reads behind it.
  await reader.waiting(5)
  await reader.release()
  t.equal(await code, 0)
  await Promise.all(stops.map(stop => stop()))
  t.strictSame(await select(url, 'SELECT DISTINCT locale FROM users'), [{ locale: null }])
})

pgTest('A migration that waits for that of another process names it', async t => {
  const url = await emptyDatabaseUrl(t, 'postgres')
  const lock = 'SELECT pg_advisory_lock($1), pg_backend_pid() AS pid'
  const other = await connect(t, url)
  const { rows } = await other.query(lock, [0x73616c6c79707274n])
  const store = await openNode(t, url)
  let migrated: Promise<void> | undefined
  const message = await new Promise(resolve => {
    migrated = store.migrate({ onWait: resolve })
  })
  t.equal(message, `The migration waits for PostgreSQL process ${rows[0].pid}, which migrates the database.`)
  await other.query('SELECT pg_advisory_unlock_all()')
  await migrated
})

t.test('No migration of PostgreSQL changes rows but few, because it holds the locks of its tables', async t => {
  const ofFew = ['0006_remove_unconfirmed_passkeys.sql', '0008_node_features.sql']
  const files = readdirSync('migrations/postgres').filter(file => file.endsWith('.sql') && !ofFew.includes(file))
  t.ok(files.length > 0)
  for (const file of files)
    t.notMatch(readFileSync(`migrations/postgres/${file}`, 'utf8'), /^\s*(UPDATE|INSERT|DELETE|MERGE)\b/im, file)
})

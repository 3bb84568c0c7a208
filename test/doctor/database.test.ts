import { test } from 'tap'
import { openDatabase } from '../../src/doctor/database.ts'
import { StoreError } from '../../src/store/errors.ts'
import type { Probe } from '../../src/store/inspect/probe.ts'

const good: Probe = { pingMs: 0.42, sqlite: { journalMode: 'wal' }, pending: [] }

/** The findings about a database with this probe. */
const check = async (probe: Probe) => (await openDatabase({ databaseUrl: 'sqlite:a.db' }, async () => probe)).findings

test('A healthy database is no finding', async t => {
  t.same(await check(good), [
    { check: 'database', level: 'ok', text: 'A query takes 0.4 ms.' },
    { check: 'durability', level: 'ok', text: 'The journal mode is WAL.' },
    { check: 'migrations', level: 'ok', text: 'All migrations are applied.' }
  ])
  t.same(
    (await check({ pingMs: 12.3, unsafe: [], pending: [] })).map(({ text }) => text),
    ['A query takes 12 ms.', 'fsync and full_page_writes are on.', 'All migrations are applied.'],
    'PostgreSQL'
  )
})

test('A slow answer, another mode and missing migrations are warnings; a newer schema and lost commits are errors', async t => {
  const scenarios: [Partial<Probe>, string, string, RegExp][] = [
    [{ pingMs: 100.6 }, 'database', 'warning', /^A query takes 101 ms/],
    [{ sqlite: { journalMode: 'delete' } }, 'durability', 'warning', /^The journal mode is delete, not WAL\./],
    [{ pending: ['0000_init', '0001_more'] }, 'migrations', 'warning', /0000_init, 0001_more\. .*sallyport migrate/],
    [{ unusable: 'It is too old.' }, 'migrations', 'error', /^It is too old\.$/]
  ]
  for (const [changes, name, level, text] of scenarios)
    t.match(
      (await check({ ...good, ...changes })).find(finding => finding.check === name),
      { level, text }
    )
})

test('Settings of PostgreSQL that a power cut makes dangerous are warnings', async t => {
  const postgres: Probe = { pingMs: 1, pending: [] }
  t.match((await check({ ...postgres, unsafe: ['fsync'] }))[1], {
    check: 'durability',
    level: 'warning',
    text: /^PostgreSQL runs with fsync=off: a power cut can lose acknowledged changes/
  })
  t.match((await check({ ...postgres, unsafe: ['fsync', 'full_page_writes'] }))[1], {
    text: /^PostgreSQL runs with fsync=off and full_page_writes=off: /
  })
})

test('Behind a connection pooler, migrations need the address of PostgreSQL itself', async t => {
  const pooled = async (more = {}) => {
    const config = { databaseUrl: 'postgres://pooler/db', ...more }
    return (await openDatabase(config, async () => ({ pingMs: 1, isPooled: true, pending: [] }))).findings[1]
  }
  t.match(await pooled(), { check: 'pooler', level: 'warning', text: /set MIGRATION_DATABASE_URL/ })
  t.match(await pooled({ migrationDatabaseUrl: 'postgres://host/db' }), { check: 'pooler', level: 'ok' })
})

test('A probe is returned with its findings', async t => {
  t.same(await openDatabase({ databaseUrl: 'sqlite:a.db' }, async () => good), {
    probe: good,
    findings: await check(good)
  })
})

test('A file that does not exist yet and a database in memory are warnings', async t => {
  t.same(await openDatabase({ databaseUrl: 'sqlite:data/a.db' }, async () => undefined), {
    findings: [
      { check: 'database', level: 'warning', text: 'data/a.db does not exist. The server creates it when it starts.' }
    ]
  })
  const never = () => t.fail('memory cannot be probed') as never
  t.match(await openDatabase({ databaseUrl: 'sqlite::memory:' }, never), {
    findings: [{ level: 'warning', text: /in memory/ }]
  })
})

test('An unreachable database is an error with the reason and without the password', async t => {
  const refused = async () => {
    throw new StoreError('unavailable', 'Cannot connect to PostgreSQL at 127.0.0.1:1 (ECONNREFUSED)')
  }
  const text = 'Cannot connect to PostgreSQL at 127.0.0.1:1 (ECONNREFUSED).'
  t.same(await openDatabase({ databaseUrl: 'postgres://a:hunter2@host/db' }, refused), {
    findings: [{ check: 'database', level: 'error', text }]
  })
})

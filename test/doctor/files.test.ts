import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import type { Config, ConfigReport } from '../../src/config/config.ts'
import { checkFiles, type FileSystem, fileSystem } from '../../src/doctor/files.ts'
import { testConfig } from '../support/app.ts'

const settings = (databaseUrl: string, others: Partial<ConfigReport> = {}): ConfigReport => ({
  config: testConfig({ databaseUrl }),
  problems: [],
  wrong: new Set<keyof Config>(),
  secret: {},
  dotEnv: { path: '/app/.env', entries: {} },
  ...others
})

/** A healthy disk with these modes, except for `changes`. */
const disk = (modes: Record<string, number>, changes: Partial<FileSystem> = {}): FileSystem => ({
  mode: async path => ({ '/': 0o755, ...modes })[path],
  isWritable: async () => true,
  volume: async () => ({ type: 0xef53, free: 5_000_000_000 }),
  ...changes
})

const data = { '/app': 0o755, '/app/data': 0o755, '/app/data/a.db': 0o600, '/app/data/a.db-wal': 0o600 }
const database = settings('sqlite:/app/data/a.db')

async function levels(found: Promise<{ check: string; level: string }[]>) {
  return Object.fromEntries((await found).map(({ check, level }) => [check, level]))
}

test('A database on a healthy disk', async t => {
  t.same(await checkFiles(database, disk(data)), [
    { check: 'database-file', level: 'ok', text: 'Only the owner can read /app/data/a.db.' },
    { check: 'database-folder', level: 'ok', text: '/app/data is writable.' },
    { check: 'file-system', level: 'ok', text: '/app/data is not on a network share.' },
    { check: 'disk-space', level: 'ok', text: '5000 MB are free in /app/data.' }
  ])
})

test('A secret file that other users can read or write is an error, for any mode of its folder', async t => {
  const secret = settings('sqlite::memory:', { secret: { path: '/app/secret' } })
  for (const mode of [0o640, 0o604, 0o620, 0o602])
    t.same(await checkFiles(secret, disk({ '/app': 0o700, '/app/secret': mode })), [
      {
        check: 'secret-file',
        level: 'error',
        text: 'Other users can read or change /app/secret. Run: chmod 600 /app/secret'
      }
    ])
  for (const modes of [{ '/app/secret': 0o400 }, { '/app/secret': 0o600 }, {}])
    t.same(await levels(checkFiles(secret, disk(modes))), { 'secret-file': 'ok' })
})

test('A database file that other users can read is a warning, unless they cannot enter its folder', async t => {
  const shared = { ...data, '/app/data/a.db': 0o644, '/app/data/a.db-wal': 0o644 }
  t.match(await checkFiles(database, disk(shared)), [
    {
      check: 'database-file',
      level: 'warning',
      text: /can read or change \/app\/data\/a\.db and \/app\/data\/a\.db-wal\. Run: chmod 600 \/app\/data\/a\.db \/app/
    }
  ])
  const only = await checkFiles(database, disk({ ...data, '/app/data/a.db-wal': 0o660 }))
  t.match(only, [{ level: 'warning', text: /change \/app\/data\/a\.db-wal\. Run: chmod 600 \/app\/data\/a\.db-wal$/ }])
  t.match(await checkFiles(database, disk({ ...shared, '/app/data': 0o700 })), [{ level: 'ok' }])
  // The group may enter, but may not read the file.
  const forOthers = { ...data, '/app/data': 0o710, '/app/data/a.db': 0o604 }
  t.match(await checkFiles(database, disk(forOthers)), [{ level: 'ok' }])
})

test('A .env with a secret that other users can read is a warning; without a secret it is fine', async t => {
  const env = (entries: Record<string, string>, mode = 0o644) =>
    checkFiles(
      settings('sqlite::memory:', { dotEnv: { path: '/app/.env', entries } }),
      disk({ '/app': 0o755, '/app/.env': mode })
    )
  t.same(await env({ SECRET: 'x' }), [
    {
      check: 'env-file',
      level: 'warning',
      text: '/app/.env contains the secret, and other users can read or change it. Run: chmod 600 /app/.env'
    }
  ])
  t.match(await env({ DATABASE_URL: 'postgres://a:hunter2@host/db' }), [
    { level: 'warning', text: /^\/app\/\.env contains a database password, (?!.*hunter2)/ }
  ])
  t.same(await env({ SECOND_SECRET: 'x' }), await env({ SECRET: 'x' }))
  t.same(await env({ SECRET: 'x' }, 0o600), [
    { check: 'env-file', level: 'ok', text: '/app/.env contains the secret, and only the owner can read it.' }
  ])
  t.same(await env({ PORT: '1', SECRET_FILE: '/run/secret', DATABASE_URL: 'postgres://host/db' }), [])
})

test('A file of the database that this user cannot write to is an error, also when others can read it', async t => {
  const modes = { ...data, '/app/data/a.db': 0o444, '/app/data/a.db-wal': 0o644, '/app/data/a.db-shm': 0o600 }
  const except = (...files: string[]) =>
    checkFiles(database, disk(modes, { isWritable: async path => !files.includes(path) }))
  t.match(await except('/app/data/a.db', '/app/data/a.db-shm'), [
    {
      check: 'database-file',
      level: 'error',
      text: /^This user cannot write to \/app\/data\/a\.db and \/app\/data\/a\.db-shm\. .* chmod 600 \/app\/data\/a\.db \/app/
    },
    { check: 'database-folder', level: 'ok' }
  ])
  t.match(await except('/app/data/a.db-wal'), [{ check: 'database-file', level: 'error' }])
  const missing = disk(data, { isWritable: async path => path !== '/app/data/a.db-shm' })
  t.match(await checkFiles(database, missing), [{ check: 'database-file', level: 'ok' }])
})

test('An unwritable folder is an error', async t => {
  const found = await checkFiles(database, disk(data, { isWritable: async path => path !== '/app/data' }))
  t.match(found[1], {
    check: 'database-folder',
    level: 'error',
    text: /^\/app\/data is not writable\. Run this command as/
  })
})

test('SQLite on a network share is a warning that names it', async t => {
  for (const [type, name] of [
    [0x6969, 'NFS'],
    [0x517b, 'SMB'],
    [0xff534d42, 'CIFS'],
    [0xfe534d42, 'SMB']
  ] as const) {
    const found = await checkFiles(database, disk(data, { volume: async () => ({ type, free: 1e9 }) }))
    t.same(found[2], {
      check: 'file-system',
      level: 'warning',
      text: `/app/data is on ${name}, where SQLite can lose data. Use a local disk or PostgreSQL.`
    })
  }
})

test('Free space is a warning under 100 MB and an error under 10 MB', async t => {
  for (const [free, level] of [
    [100_000_000, 'ok'],
    [99_999_999, 'warning'],
    [10_000_000, 'warning'],
    [9_999_999, 'error'],
    [0, 'error']
  ] as const) {
    const found = await levels(checkFiles(database, disk(data, { volume: async () => ({ type: 1, free }) })))
    t.equal(found['disk-space'], level, String(free))
  }
})

test('Before the first start, the nearest existing folder is checked', async t => {
  t.same(
    (await checkFiles(database, disk({ '/app': 0o755 }))).map(({ text }) => text),
    ['/app is writable.', '/app is not on a network share.', '5000 MB are free in /app.']
  )
})

test('Without a SQLite file, or with a wrong DATABASE_URL, no file is checked', async t => {
  t.same(await checkFiles(settings('postgres://127.0.0.1/none'), disk({})), [])
  t.same(await checkFiles(settings('sqlite::memory:'), disk({})), [])
  t.same(
    await checkFiles(settings('sqlite:/app/data/a.db', { wrong: new Set(['databaseUrl'] as const) }), disk(data)),
    []
  )
})

test("This machine's own file system supports every check", async t => {
  const folder = t.testdir({ file: '' })
  chmodSync(join(folder, 'file'), 0o640)
  t.equal(await fileSystem.mode(join(folder, 'file')), 0o640)
  t.equal(await fileSystem.mode(join(folder, 'none')), undefined)
  t.equal(await fileSystem.isWritable(folder), true)
  t.equal(await fileSystem.isWritable(join(folder, 'none')), false)
  t.equal(await fileSystem.isWritable(join(folder, 'file')), true)
  for (const mode of [0o400, 0o200]) {
    chmodSync(join(folder, 'file'), mode)
    t.equal(await fileSystem.isWritable(join(folder, 'file')), process.getuid?.() === 0, 'root may write to all files')
  }
  const { type, free } = await fileSystem.volume(folder)
  t.ok(Number.isInteger(type) && type >= 0 && free > 0)
})

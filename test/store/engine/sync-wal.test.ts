import { copyFileSync, fdatasync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { openDatabase } from '../../../src/store/engine/sqlite-driver.ts'
import { createWalSync, syncLog } from '../../../src/store/engine/sync-wal.ts'
import { movableTime } from '../../support/clocks.ts'

/** A database with a log, on a disk that refuses syncs while `disk.error` has a code. */
function createLog(t: Test) {
  const path = join(t.testdir(), 'test.db')
  const client = openDatabase(path, { timeout: 0 })
  client.pragma('journal_mode = WAL')
  client.pragma('synchronous = NORMAL')
  client.exec('CREATE TABLE texts (text)')
  const disk: { error?: string; syncs: number; onSync?: () => void } = { syncs: 0 }
  const said: [string, string | undefined][] = []
  const log = createWalSync(path, {
    client,
    notify: (message, error) => void said.push([message, error?.message]),
    async flush(file) {
      disk.syncs++
      disk.onSync?.()
      if (disk.error) throw Object.assign(new Error(), { code: disk.error })
      await promisify(fdatasync)(file)
    }
  })
  t.teardown(async () => {
    log.stop()
    await log.close()
    client.close()
  })
  /** What the database file has without its log. */
  function stored() {
    const copy = `${path}-copy`
    copyFileSync(path, copy)
    const file = openDatabase(copy)
    const tables = file.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all()
    file.close()
    return tables
  }
  return { path, client, log, disk, said, stored }
}

const failure = { code: 'SQLITE_IOERR', message: 'The write-ahead log cannot be written to the disk (EIO)' }
const refused: [string, string] = ['Writes are refused until the disk takes them', failure.message]
const back: [string, undefined] = ['The disk takes writes again', undefined]

t.test('The log is proven before the first commit, and then each sync proves it', async t => {
  const { log, disk, said } = createLog(t)
  await log.ready()
  t.equal(disk.syncs, 1)
  await log.ready()
  t.equal(disk.syncs, 1)
  await log.sync(t.fail)
  t.equal(disk.syncs, 2)
  t.strictSame([log.failure(), log.refusal(), said], [undefined, undefined, []])
})

t.test('No commit follows a log that cannot be proven, and a later try proves it', async t => {
  const { log, disk, said } = createLog(t)
  disk.error = 'EIO'
  await t.rejects(log.ready(), failure)
  await t.rejects(log.ready(), failure)
  t.match(log.failure(), failure)
  t.equal(log.refusal(), undefined, 'a write may ask again')
  delete disk.error
  await log.ready()
  t.strictSame([log.failure(), said], [undefined, [refused, back]])
})

t.test('After a failed sync, commits wait until the log is written again and synced', async t => {
  const { log, disk, said } = createLog(t)
  await log.ready()
  disk.error = 'EIO'
  const failures: Error[] = []
  let isSynced = false
  const synced = log
    .sync(error => void failures.push(error))
    .then(() => {
      isSynced = true
    })
  while (disk.syncs < 4) await setTimeout(10)
  t.match([failures, log.refusal(), isSynced], [[failure], failure, false])
  delete disk.error
  await synced
  t.strictSame([log.failure(), log.refusal(), said], [undefined, undefined, [refused, back]])
})

t.test('A sync that waits for the disk fails when the database closes', async t => {
  const { log, disk } = createLog(t)
  await log.ready()
  disk.error = 'EIO'
  const synced = log.sync(() => log.stop())
  await t.rejects(synced, failure)
  t.equal(log.refusal(), undefined)
})

t.test('A commit is not acknowledged when its file is removed before the disk has it', async t => {
  const forward = movableTime(t)
  const { path, log } = createLog(t)
  await log.ready()
  await log.sync(t.fail)
  rmSync(path)
  forward(1000)
  await t.rejects(log.sync(t.fail), {
    message: `The database file ${path} was removed or replaced. Stop the server and restore it`
  })
})

t.test('A sync that waits for the disk fails when the file is removed', async t => {
  const { path, log, disk, said } = createLog(t)
  await log.ready()
  disk.error = 'EIO'
  const synced = log.sync(() => rmSync(path))
  const lost = { message: `The database file ${path} was removed or replaced. Stop the server and restore it` }
  await t.rejects(synced, lost)
  await t.rejects(log.ready(), lost)
  t.equal(log.refusal(), undefined)
  t.match(log.failure(), lost)
  t.strictSame(said, [refused, ['Writes are refused until the server is restarted', lost.message]])
})

t.test('A log is proven while no other process writes', async t => {
  const { path, log } = createLog(t)
  const other = openDatabase(path)
  t.teardown(() => other.close())
  other.exec('BEGIN IMMEDIATE')
  await t.rejects(log.ready(), { code: 'SQLITE_BUSY' })
  other.exec('ROLLBACK')
  await log.ready()
})

t.test('A database without a file has no log', async t => {
  const { client } = createLog(t)
  t.throws(() => createWalSync(join(t.testdirName, 'nothing'), { client, notify: () => {} }), { code: 'ENOENT' })
})

t.test('A log of four megabytes is copied to the database, once', async t => {
  const { client, log, stored } = createLog(t)
  await log.ready()
  await log.copyIfLong()
  const insert = client.prepare('INSERT INTO texts VALUES (?)')
  for (let row = 0; row < 1000; row++) insert.run('x'.repeat(4000))
  t.strictSame(stored(), [], 'SQLite has not copied it in a commit, nor a short one')
  await log.copyIfLong()
  t.strictSame(stored(), ['texts'])
  const { pragma } = client
  client.pragma = () => t.fail('it is copied already')
  await log.copyIfLong()
  client.pragma = pragma
})

t.test('A read that fails while the log is proven does not let another process write', async t => {
  const { path, client, log, disk } = createLog(t)
  const other = openDatabase(path, { timeout: 0 })
  t.teardown(() => other.close())
  const tried: unknown[] = []
  disk.onSync = () => {
    // SQLite ends a transaction of the connection when a read fails.
    if (client.inTransaction) client.exec('ROLLBACK')
    try {
      other.exec("INSERT INTO texts VALUES ('lost')")
    } catch (error) {
      tried.push((error as { code: unknown }).code)
    }
  }
  await log.ready()
  t.strictSame(tried, ['SQLITE_BUSY'])
})

t.test('A copy that fails loses nothing, is reported once, and is repeated after a pause', async t => {
  const forward = movableTime(t)
  const { client, log, said, stored } = createLog(t)
  await log.ready()
  const insert = client.prepare('INSERT INTO texts VALUES (?)')
  for (let row = 0; row < 1000; row++) insert.run('x'.repeat(4000))
  const { pragma } = client
  client.pragma = () => {
    throw Object.assign(new Error(), { code: 'SQLITE_IOERR_FSYNC' })
  }
  for (let time = 0; time < 2; time++) {
    await log.copyIfLong()
    forward(5000)
  }
  client.pragma = pragma
  t.strictSame([log.failure(), stored()], [undefined, []])
  t.strictSame(said, [
    ['The log of the database grows until it can be copied', 'The copy has failed (SQLITE_IOERR_FSYNC)']
  ])
  await log.copyIfLong()
  t.strictSame(stored(), ['texts'])
})

t.test('A log that is not proven is not copied, and neither is one during the pause after a failure', async t => {
  const { client, log, stored } = createLog(t)
  const insert = client.prepare('INSERT INTO texts VALUES (?)')
  for (let row = 0; row < 1000; row++) insert.run('x'.repeat(4000))
  await log.copyIfLong()
  t.strictSame(stored(), [])
  await log.ready()
  const { pragma } = client
  client.pragma = () => {
    throw new Error('no copy')
  }
  await log.copyIfLong()
  client.pragma = pragma
  await log.copyIfLong()
  t.strictSame(stored(), [])
})

t.test('Closing proves a log that this process has not written, unless another process writes', async t => {
  const { path, log, disk } = createLog(t)
  const other = openDatabase(path)
  other.exec('BEGIN IMMEDIATE')
  await log.close()
  t.equal(disk.syncs, 0)
  other.close()
  await log.close()
  t.equal(disk.syncs, 1)
})

t.test('A log is proven for a connection that only reads, if there is one', async t => {
  const { path } = createLog(t)
  await syncLog(path)
  const other = openDatabase(path)
  t.teardown(() => other.close())
  other.exec('BEGIN IMMEDIATE')
  await t.rejects(syncLog(path), { code: 'SQLITE_BUSY' })
  const journal = join(t.testdirName, 'journal.db')
  openDatabase(journal).exec('CREATE TABLE texts (text)').close()
  await syncLog(journal)
})

t.test('Closing tries once more to prove a log that has failed', async t => {
  const { log, disk, said } = createLog(t)
  disk.error = 'EIO'
  await t.rejects(log.ready(), failure)
  delete disk.error
  await log.close()
  t.strictSame(said, [refused, back])
})

import { execFileSync } from 'node:child_process'
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openDatabase } from '../../../src/store/engine/sqlite-driver.ts'
import { createWalSync } from '../../../src/store/engine/sync-wal.ts'

/** A database with a row that is only in its log. `reader` is another connection. */
function createDatabase(t: Test, folder: string) {
  const [path, copy] = [join(folder, 'stored.db'), join(folder, 'copy.db')]
  const [client, reader] = [openDatabase(path, { timeout: 0 }), openDatabase(path)]
  t.teardown(() => {
    reader.close()
    client.close()
  })
  client.pragma('journal_mode = WAL')
  client.exec('CREATE TABLE texts (text)')
  client.pragma('wal_checkpoint(TRUNCATE)')
  client.exec("INSERT INTO texts VALUES ('new')")
  /** What the file has without its log. */
  function stored() {
    copyFileSync(path, copy)
    const file = openDatabase(copy)
    const texts = file.prepare('SELECT text FROM texts').pluck().all()
    file.close()
    return texts
  }
  return { client, reader, stored }
}

/** The sync of a database whose log is a file, or a pipe, which cannot be synced. */
function createSync(t: Test, { canSync }: { canSync: boolean }) {
  const folder = t.testdir({ 'log.db': '' })
  const path = join(folder, 'log.db')
  if (canSync) writeFileSync(`${path}-wal`, '')
  else execFileSync('mkfifo', [`${path}-wal`])
  const database = createDatabase(t, folder)
  const log = createWalSync(path, database.client)
  t.teardown(log.close)
  return { ...log, ...database }
}

t.test('a log that can be synced needs no checkpoint', async t => {
  const { sync, stored } = createSync(t, { canSync: true })
  await sync()
  await sync()
  t.strictSame(stored(), [])
})

t.test('after a failed sync, nothing is on disk until a checkpoint has succeeded', async t => {
  const { sync, reader, stored } = createSync(t, { canSync: false })
  reader.exec('BEGIN; SELECT * FROM texts')
  await t.rejects(sync(), { message: 'The write-ahead log could not be synced', code: 'SQLITE_IOERR' })
  await t.rejects(sync(), { code: 'SQLITE_IOERR' })
  reader.exec('COMMIT')
  await sync()
  t.strictSame(stored(), ['new'])
})

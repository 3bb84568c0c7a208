import { closeSync, fdatasync, openSync, realpathSync } from 'node:fs'
import { promisify } from 'node:util'
import type Database from 'better-sqlite3'

const flush = promisify(fdatasync)

/**
 * Syncs the write-ahead log of the SQLite file at `path`, in a thread, so that the event loop does not wait for the
 * disk as it does with `synchronous=FULL`. After a failure, the system may have dropped what it could not write, so a
 * later sync proves nothing; a checkpoint then has to write the content of the log to the file itself.
 */
export function createWalSync(path: string, client: Pick<Database.Database, 'pragma'>) {
  let file: number | undefined
  let hasFailed = false

  return {
    async sync() {
      // The first commit has created it, and it stays as long as the database is open.
      file ??= openSync(`${realpathSync(path)}-wal`, 'r+')
      try {
        await flush(file)
      } catch {
        hasFailed = true
      }
      if (!hasFailed) return
      checkpoint(client)
      hasFailed = false
    },
    close() {
      if (file !== undefined) closeSync(file)
      file = undefined
    }
  }
}

/** Writes the whole write-ahead log to the file and syncs the file. */
function checkpoint(client: Pick<Database.Database, 'pragma'>) {
  const [{ busy }] = client.pragma('wal_checkpoint(TRUNCATE)') as [{ busy: number }]
  if (busy) throw Object.assign(new Error('The write-ahead log could not be synced'), { code: 'SQLITE_IOERR' })
}

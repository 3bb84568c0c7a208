import { closeSync, fdatasync, openSync, realpathSync } from 'node:fs'
import { promisify } from 'node:util'

const flush = promisify(fdatasync)

/**
 * Syncs the write-ahead log of the SQLite file at `path`, in a thread, so that the event loop does not wait for the
 * disk as it does with `synchronous=FULL`. After a failure, the system may have dropped what it could not write, so a
 * later sync proves nothing; `checkpoint` then has to write the content of the log to the file itself.
 */
export function createWalSync(path: string, checkpoint: () => void) {
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
      checkpoint()
      hasFailed = false
    },
    close() {
      if (file !== undefined) closeSync(file)
      file = undefined
    }
  }
}

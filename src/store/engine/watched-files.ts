import { realpathSync, statSync } from 'node:fs'
import { StoreError } from '../errors.ts'

/** How long a check is good for. */
const goodMs = 1000

/**
 * Returns a function that throws when a file of the SQLite database at `path`, which may be a link, has been removed or
 * replaced since: the open files then have no name, and are gone when they are closed. With `mayBeOld` it looks once a
 * second. `onLoss` gets the first error. It is thrown from then on, also when the file is back, because another process
 * may have worked without it.
 */
export function watchFiles(path: string, onLoss: (error: StoreError) => void) {
  // SQLite keeps these as long as one connection is open. Their inodes are not used again while they are open.
  const files = [path, ...['-wal', '-shm'].map(suffix => realpathSync(path) + suffix)]
  const known = files.map(idOf)
  let checkedAt = performance.now()
  let loss: StoreError | undefined

  return ({ mayBeOld = false } = {}) => {
    if (loss) throw loss
    const now = performance.now()
    if (mayBeOld && now < checkedAt + goodMs) return
    const lost = files.find((file, at) => idOf(file) !== known[at])
    checkedAt = now
    if (lost === undefined) return
    const message = `The database file ${lost} was removed or replaced. Stop the server and restore it`
    loss = new StoreError('unavailable', message, 'SQLITE_READONLY_DBMOVED')
    onLoss(loss)
    throw loss
  }
}

function idOf(file: string) {
  const found = statSync(file, { throwIfNoEntry: false })
  return found && `${found.dev}:${found.ino}`
}

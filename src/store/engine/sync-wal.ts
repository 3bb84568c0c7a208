import { closeSync, existsSync, fdatasync, openSync, read, realpathSync, write } from 'node:fs'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import type Database from 'better-sqlite3'
import type { Notify } from './dialect.ts'
import { openDatabase } from './sqlite-driver.ts'
import { watchFiles } from './watched-files.ts'

const [readAt, writeAt, syncData] = [promisify(read), promisify(write), promisify(fdatasync)]

const retryMs = 100
/** How long the log is not copied after a copy has failed. */
const copyPauseMs = 5000
/** How long a copy waits for the readers and writers of other processes. */
const copyTimeoutMs = 100
const chunkBytes = 1 << 20
/** Frames in the log from which on it is copied to the database: about four megabytes, as SQLite has it. */
const manyFrames = 1000

/** Frames in the log, and how many of them are in the database. */
interface LogState {
  log: number
  checkpointed: number
}

interface Dependencies {
  client: Pick<Database.Database, 'pragma' | 'prepare'>
  notify: Notify
  /** Resolves when the content of a file is on the disk. */
  flush?: (file: number) => Promise<void>
}

/**
 * Syncs the write-ahead log of the SQLite file at `path` in a thread, so that the event loop does not wait for the disk
 * as it does with `synchronous=FULL`.
 *
 * After a failed sync, Linux takes the pages that it could not write for written, so a later sync says nothing. The
 * log is on the disk when its bytes have been written over themselves and synced. So is the log that another process has
 * written, because its last sync may have failed. `notify` receives the first failure, and the end.
 *
 * When a file of the database is removed or replaced, no write is acknowledged from a second later on.
 */
export function createWalSync(path: string, { client, notify, flush = syncData }: Dependencies) {
  let file: number | undefined
  let isSynced = false
  let isRepairing = false
  let isClosing = false
  let failure: Error | undefined
  let copyFailedAt = Number.NEGATIVE_INFINITY

  // SQLite would copy the log during a commit, also a log whose sync has failed.
  client.pragma('wal_autocheckpoint = 0')
  const state = client.prepare('PRAGMA wal_checkpoint(NOOP)')
  const checkFiles = watchFiles(path, loss => {
    failure = loss
    isSynced = false
    notify('Writes are refused until the server is restarted', loss)
  })

  function fail(error: unknown) {
    const isFirst = failure === undefined
    failure = ioError('The write-ahead log cannot be written to the disk', error)
    isSynced = false
    if (isFirst) notify('Writes are refused until the disk takes them', failure)
    return failure
  }

  /** Rejects when the disk refuses it, or with SQLITE_BUSY when another process is writing. */
  async function rewriteAndSync() {
    // Before a file of that name is opened.
    checkFiles()
    try {
      await whileLocked(path, async () => {
        file ??= openLog(path)
        await rewrite(file, flush)
      })
    } catch (error) {
      throw isBusy(error) ? error : fail(error)
    }
    if (failure) notify('The disk takes writes again')
    failure = undefined
    isSynced = true
  }

  async function repair(cause: Error) {
    isRepairing = true
    try {
      while (!isSynced) {
        if (isClosing) throw cause
        await setTimeout(retryMs)
        checkFiles()
        await rewriteAndSync().catch(() => {})
      }
    } finally {
      isRepairing = false
    }
  }

  /**
   * Copies the log. Keeps out the writers, so that only a long reader leaves a copy incomplete, which is not synced.
   */
  function copy() {
    client.pragma(`busy_timeout = ${copyTimeoutMs}`)
    try {
      client.pragma('wal_checkpoint(FULL)')
    } finally {
      client.pragma('busy_timeout = 0')
    }
  }

  return {
    /** Why the log is not on the disk, after a failure. */
    failure: () => failure,

    /** The error for writes that must not wait, because committed ones wait for the disk. */
    refusal: () => (isRepairing ? failure : undefined),

    /** Throws when a file of the database has been removed or replaced. */
    checkFiles: () => checkFiles(),

    /** Resolves when the log is on the disk, and a commit may follow. Rejects as `rewriteAndSync` does. */
    async ready() {
      checkFiles({ mayBeOld: true })
      if (!isSynced) await rewriteAndSync()
    },

    /**
     * Resolves when every commit is on the disk. If the disk refuses, calls `onFailure` once and waits until it does
     * not, because the commits have taken effect. Rejects when the database is closed first, or its file is lost.
     */
    async sync(onFailure: (error: Error) => void) {
      try {
        await flush(file as number)
      } catch (error) {
        const cause = fail(error)
        onFailure(cause)
        await repair(cause)
      }
      checkFiles({ mayBeOld: true })
    },

    /**
     * Copies the log to the database and syncs that, if the log is long and has just been synced. The answers of this
     * turn are sent first. After a failure, which loses nothing because the log stays, it pauses.
     */
    async copyIfLong() {
      if (!isSynced || performance.now() < copyFailedAt + copyPauseMs) return
      try {
        const { log, checkpointed } = state.get() as LogState
        if (log < manyFrames || log === checkpointed) return
        await setImmediate()
        copy()
        copyFailedAt = Number.NEGATIVE_INFINITY
      } catch (error) {
        const isFirst = copyFailedAt === Number.NEGATIVE_INFINITY
        copyFailedAt = performance.now()
        if (isFirst)
          notify('The log of the database grows until it can be copied', ioError('The copy has failed', error))
      }
    },

    /** Makes `sync` give up. */
    stop() {
      isClosing = true
    },

    /** Closes the file, after an attempt to sync a log that SQLite may copy when it closes the database. */
    async close() {
      if (!isSynced) await rewriteAndSync().catch(() => {})
      if (file !== undefined) closeSync(file)
      file = undefined
    }
  }
}

/** Whether another process has the lock that SQLite needs. */
export const isBusy = (error: unknown) => /^SQLITE_BUSY/.test(String((error as { code?: unknown }).code))

/**
 * Rewrites and syncs the log of the SQLite file at `path`, if it has one, before a connection closes: SQLite then copies
 * the log to the file, if no other connection is open. Rejects as a write does, with SQLITE_BUSY after `timeout`
 * milliseconds.
 */
export async function syncLog(path: string, { timeout = 0 } = {}) {
  await whileLocked(
    path,
    async () => {
      // A file with another journal has none.
      if (!existsSync(logOf(path))) return
      const file = openLog(path)
      try {
        await rewrite(file, syncData)
      } finally {
        closeSync(file)
      }
    },
    timeout
  )
}

/** Runs `work` while no process can write. On a connection of its own: a read that fails would end the transaction. */
async function whileLocked(path: string, work: () => Promise<void>, timeout = 0) {
  const lock = openDatabase(path, { fileMustExist: true, timeout })
  try {
    lock.exec('BEGIN IMMEDIATE')
    await work()
  } finally {
    lock.close()
  }
}

/** The log is beside the file that `path`, which may be a link, names. */
const logOf = (path: string) => `${realpathSync(path)}-wal`

const openLog = (path: string) => openSync(logOf(path), 'r+')

const ioError = (message: string, error: unknown) =>
  Object.assign(new Error(`${message} (${(error as { code?: unknown }).code})`), { code: 'SQLITE_IOERR' })

/** Writes the bytes of `file` over themselves, so that the sync that follows writes all of them. */
async function rewrite(file: number, flush: (file: number) => Promise<void>) {
  const chunk = Buffer.allocUnsafe(chunkBytes)
  const readFrom = async (at: number) => (await readAt(file, chunk, 0, chunkBytes, at)).bytesRead
  let at = 0
  for (let bytes = await readFrom(at); bytes > 0; bytes = await readFrom(at))
    at += (await writeAt(file, chunk, 0, bytes, at)).bytesWritten
  await flush(file)
}

import { closeSync, existsSync, fdatasync, openSync, read, realpathSync, write } from 'node:fs'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import type Database from 'better-sqlite3'
import type { Notify } from './dialect.ts'

const [readAt, writeAt, syncData] = [promisify(read), promisify(write), promisify(fdatasync)]

const retryMs = 100
const chunkBytes = 1 << 20
/** Frames in the log from which on it is copied to the database: about four megabytes, as SQLite has it. */
const manyFrames = 1000

/** Frames in the log, and how many of them are in the database. */
interface LogState {
  log: number
  checkpointed: number
}

interface Dependencies {
  client: Pick<Database.Database, 'exec' | 'pragma' | 'prepare'>
  notify: Notify
  /** Resolves when the content of a file is on the disk. */
  flush?: (file: number) => Promise<void>
}

/**
 * Syncs the write-ahead log `path` of a SQLite database in a thread, so that the event loop does not wait for the disk
 * as it does with `synchronous=FULL`.
 *
 * After a failed sync, Linux takes the pages that it could not write for written, so a later sync proves nothing. The
 * log is proven again when its bytes have been written over themselves and synced. So is the log that another process
 * has written, because its last sync may have failed. `notify` receives the first failure, and the end.
 */
export function createWalSync(path: string, { client, notify, flush = syncData }: Dependencies) {
  let file: number | undefined
  let isProven = false
  let isRepairing = false
  let isClosing = false
  let failure: Error | undefined

  // SQLite would copy the log during a commit, also a log whose sync has failed.
  client.pragma('wal_autocheckpoint = 0')
  const state = client.prepare('PRAGMA wal_checkpoint(NOOP)')

  function fail({ code }: { code?: unknown }) {
    const isFirst = failure === undefined
    const error = new Error(`The write-ahead log cannot be written to the disk (${code})`)
    failure = Object.assign(error, { code: 'SQLITE_IOERR' })
    isProven = false
    if (isFirst) notify('Writes are refused until the disk takes them', failure)
    return failure
  }

  /** Rejects when the disk refuses it, or with SQLITE_BUSY when another process is writing. */
  async function prove() {
    // No process can write to the log until the end of this transaction.
    client.exec('BEGIN IMMEDIATE')
    try {
      file ??= openSync(path, 'r+')
      await rewrite(file)
      await flush(file)
    } catch (error) {
      throw fail(error as NodeJS.ErrnoException)
    } finally {
      client.exec('ROLLBACK')
    }
    if (failure) notify('The disk takes writes again')
    failure = undefined
    isProven = true
  }

  async function repair(cause: Error) {
    isRepairing = true
    try {
      while (!isProven) {
        if (isClosing) throw cause
        await setTimeout(retryMs)
        await prove().catch(() => {})
      }
    } finally {
      isRepairing = false
    }
  }

  return {
    /** The error of the last sync or copy, until the log is proven again. */
    failure: () => failure,

    /** The error for writes that must not wait, because committed ones wait for the disk. */
    refusal: () => (isRepairing ? failure : undefined),

    /** Resolves when the log is proven, and a commit may follow. Rejects as `prove` does. */
    async ready() {
      if (!isProven) await prove()
    },

    /**
     * Resolves when every commit is on the disk. If the disk refuses, calls `onFailure` once and waits until it does
     * not, because the commits have taken effect. Rejects when the database is closed first.
     */
    async sync(onFailure: (error: Error) => void) {
      try {
        await flush(file as number)
      } catch (error) {
        const cause = fail(error as NodeJS.ErrnoException)
        onFailure(cause)
        await repair(cause)
      }
    },

    /**
     * Copies the log, which has just been synced, to the database and syncs that, if it is long. The answers of this
     * turn are sent first. A failure is that of the log too.
     */
    async copyIfLong() {
      const { log, checkpointed } = state.get() as LogState
      if (log < manyFrames || log === checkpointed) return
      await setImmediate()
      try {
        client.pragma('wal_checkpoint(PASSIVE)')
      } catch (error) {
        if (isIoError(error)) fail(error as NodeJS.ErrnoException)
      }
    },

    /** Makes `sync` give up. */
    stop() {
      isClosing = true
    },

    /** Closes the file, after an attempt to prove a log that SQLite may copy when it closes the database. */
    async close() {
      if (!isProven) await prove().catch(() => {})
      if (file !== undefined) closeSync(file)
      file = undefined
    }
  }
}

const isIoError = (error: unknown) => /^SQLITE_IOERR/.test(String((error as { code?: unknown }).code))

/**
 * Proves the log of the SQLite file at `path`, if it has one, for a connection that is going to close: SQLite then
 * copies the log to the file, if no other connection is open. Rejects as a write does.
 */
export async function proveLog(path: string, client: Pick<Database.Database, 'exec'>) {
  const log = logOf(path)
  if (!existsSync(log)) return
  client.exec('BEGIN IMMEDIATE')
  const file = openSync(log, 'r+')
  try {
    await rewrite(file)
    await syncData(file)
  } finally {
    closeSync(file)
    client.exec('ROLLBACK')
  }
}

/** The path of the write-ahead log of the file that `path`, which may be a link, names. */
export const logOf = (path: string) => `${realpathSync(path)}-wal`

/** Writes the bytes of `file` over themselves, so that the next sync writes all of them. */
async function rewrite(file: number) {
  const chunk = Buffer.allocUnsafe(chunkBytes)
  const readFrom = async (at: number) => (await readAt(file, chunk, 0, chunkBytes, at)).bytesRead
  let at = 0
  for (let bytes = await readFrom(at); bytes > 0; bytes = await readFrom(at))
    at += (await writeAt(file, chunk, 0, bytes, at)).bytesWritten
}

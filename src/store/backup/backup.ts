import { randomBytes } from 'node:crypto'
import { closeSync, constants, copyFileSync, existsSync, openSync, renameSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { asc, gt } from 'drizzle-orm'
import { CommandError } from '../../base/errors.ts'
import type { OnProgress } from '../../base/progress.ts'
import { openSqlite } from '../engine/sqlite.ts'
import { openDatabase } from '../engine/sqlite-driver.ts'
import { syncLog } from '../engine/sync-wal.ts'
import { toStoreError } from '../errors.ts'
import { openStore } from '../open.ts'
import { checkDatabase, explained, filesOf, flush, type Holdings, removeDatabase, unreadable } from './sqlite-file.ts'

/** The contents of a backup, and its size in bytes. */
export type Backup = Holdings & { bytes: number }

const pageRows = 500
/** Pages of the database that are copied at once: some megabytes. */
const stepPages = 2000

/**
 * Writes a backup of the SQLite file at `database`, which may be in use, to `file` (mode 0600). The backup gets that
 * name only after it has been checked, opened like the server does, read, and flushed to disk; until then an existing
 * file with that name stays. Throws a CommandError when there is no database, when it is damaged, when `file` is one of
 * the database's own files or in a folder that does not exist, or when `file` exists and `force` is not set, and a
 * StoreError when the backup cannot be written.
 */
export async function backupSqlite(
  database: string,
  file: string,
  { force, onProgress = () => {} }: { force: boolean; onProgress?: OnProgress }
): Promise<Backup> {
  const draft = `${file}.partial-${randomBytes(6).toString('hex')}`
  const copy = `${draft}-copy`
  try {
    if (!existsSync(database)) throw new CommandError(`There is no database at ${database}.`)
    refuseTarget(database, file, force)
    const holdings = await writeDraft(database, draft, copy, onProgress)
    refuseTarget(database, file, force)
    renameSync(draft, file)
    flush(dirname(file))
    return { ...holdings, bytes: statSync(file).size }
  } catch (error) {
    for (const unfinished of [draft, copy]) removeDatabase(unfinished)
    throw explained(`Cannot create the backup ${file}`, error)
  }
}

async function writeDraft(database: string, draft: string, copy: string, onProgress: OnProgress): Promise<Holdings> {
  closeSync(openSync(draft, 'wx', 0o600))
  await copyLive(database, draft, onProgress)
  onProgress('checking the backup')
  const holdings = checkDatabase(draft, 'The database')
  closeSync(openSync(copy, 'wx', 0o600))
  copyFileSync(draft, copy, constants.COPYFILE_FICLONE)
  await readBack(copy, holdings, onProgress)
  removeDatabase(copy)
  flush(draft)
  return holdings
}

function refuseTarget(database: string, file: string, force: boolean) {
  const folder = dirname(file)
  if (!existsSync(folder)) throw new CommandError(`The folder ${folder} does not exist: create it first.`)
  const target = statSync(file, { throwIfNoEntry: false })
  if (!target) return
  const isSame = (path: string) => {
    const other = statSync(path, { throwIfNoEntry: false })
    return other?.ino === target.ino && other.dev === target.dev
  }
  // Includes the secret, which no backup contains: `--force` must not overwrite it.
  if ([...filesOf(database), join(dirname(database), 'secret')].some(isSame))
    throw new CommandError(`${file} belongs to the database itself. Choose another file.`)
  if (!target.isFile()) throw new CommandError(`${file} is not a regular file.`)
  if (!force) throw new CommandError(`${file} already exists. Choose another name, or add --force to replace it.`)
}

/**
 * SQLite's online backup. A write between two of its steps would restart it, unless its connection has a transaction,
 * which reads what was there at its beginning.
 */
async function copyLive(database: string, draft: string, onProgress: OnProgress) {
  // Not read-only, because a read-only connection leaves -wal and -shm behind if it is the only one.
  const source = openDatabase(database, { fileMustExist: true })
  try {
    // Another process that writes keeps the database open.
    await syncLog(database).catch(() => {})
    source.exec('BEGIN; SELECT 1 FROM sqlite_schema')
    await source.backup(draft, {
      progress({ totalPages, remainingPages }) {
        onProgress('copying the database', 1 - remainingPages / totalPages)
        return stepPages
      }
    })
  } catch (error) {
    throw unreadable('The database', error)
  } finally {
    source.close()
  }
}

/**
 * Opens the copy of a backup as the server would, and reads every row that cannot be recreated. Works on a copy because
 * opening applies migrations: the backup keeps the schema of its database, for a return to an older version.
 */
async function readBack(copy: string, expected: Holdings, onProgress: OnProgress) {
  const { accounts, clients, keys, sessions } = expected
  const all = accounts + clients + keys + sessions
  let read = 0
  function onRows(rows: number) {
    read += rows
    onProgress('reading the backup', read / all)
  }
  const found = await readAll(copy, onRows).catch(error => {
    throw toStoreError(error)
  })
  const [lost] = (['accounts', 'clients', 'keys', 'sessions'] as const).filter(kind => found[kind] !== expected[kind])
  if (lost)
    throw new CommandError(`The backup is incomplete: only ${found[lost]} of ${expected[lost]} ${lost} can be read.`)
}

async function readAll(copy: string, onRows: (rows: number) => void): Promise<Holdings> {
  const store = await openStore(`sqlite:${copy}`, () => {})
  await store.migrate().finally(() => store.close())
  const { db, schema, close } = openSqlite(copy)
  const { users, clients, keys, sessions } = schema
  try {
    return {
      accounts: await countRows(
        after => db.select().from(users).where(gt(users.id, after)).orderBy(asc(users.id)).limit(pageRows),
        row => row.id,
        onRows
      ),
      clients: await countRows(
        after => db.select().from(clients).where(gt(clients.id, after)).orderBy(asc(clients.id)).limit(pageRows),
        row => row.id,
        onRows
      ),
      keys: await countRows(
        after => db.select().from(keys).where(gt(keys.kid, after)).orderBy(asc(keys.kid)).limit(pageRows),
        row => row.kid,
        onRows
      ),
      sessions: await countRows(
        after => db.select().from(sessions).where(gt(sessions.id, after)).orderBy(asc(sessions.id)).limit(pageRows),
        row => row.id,
        onRows
      )
    }
  } finally {
    await close()
  }
}

async function countRows<T>(
  pageAfter: (id: string) => PromiseLike<T[]>,
  idOf: (row: T) => string,
  onRows: (rows: number) => void
): Promise<number> {
  let count = 0
  let last: T | undefined
  do {
    const rows = await pageAfter(last ? idOf(last) : '')
    count += rows.length
    onRows(rows.length)
    last = rows.at(-1)
  } while (last)
  return count
}

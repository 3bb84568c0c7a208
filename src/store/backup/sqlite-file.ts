import { closeSync, existsSync, fsyncSync, openSync, rmSync } from 'node:fs'
import { CommandError } from '../../base/errors.ts'
import { openDatabase } from '../engine/sqlite-driver.ts'
import { StoreError } from '../errors.ts'
import { type Applied, appliedMigrations, lastOf, newestMigration, unusable } from '../migrations.ts'

/** How many rows of each kind a database holds. */
export interface Holdings {
  accounts: number
  clients: number
  keys: number
  sessions: number
}

/** The tables of the first migration, which every Sallyport database has, whatever its version. */
const firstTables = ['users', 'sessions', 'clients', 'keys', 'audit']
/** Suffixes of the files beside an open database. */
const companions = ['-wal', '-shm', '-journal']

/** The names of the database at `path` and of all files that may lie beside it. */
export const filesOf = (path: string) => ['', ...companions].map(suffix => path + suffix)

/** Removes the database at `path` and the files beside it, where they exist. */
export function removeDatabase(path: string) {
  for (const file of filesOf(path)) if (existsSync(file)) rmSync(file)
}

/** Returns when the file or folder at `path` has been flushed to disk. */
export function flush(path: string) {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/**
 * Returns the contents of the database at `path`. Makes it one plain file with no file beside it; no other process may
 * have it open. Throws a CommandError about `name` when it is not SQLite, not Sallyport's, damaged, or from a newer
 * version.
 */
export function checkDatabase(path: string, name: string): Holdings {
  try {
    return inspect(path, name)
  } catch (error) {
    throw unreadable(name, error)
  }
}

function inspect(path: string, name: string): Holdings {
  const db = openDatabase(path, { fileMustExist: true })
  const value = (query: string) => db.prepare(query).pluck().get()
  const count = (table: string) => Number(value(`SELECT count(*) FROM ${table}`))
  try {
    db.pragma('journal_mode = DELETE')
    const fault = value('PRAGMA integrity_check(1)')
    if (fault !== 'ok') throw damaged(name, String(fault))
    const tables = new Set(db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all())
    const isOurs = ['__drizzle_migrations', ...firstTables].every(table => tables.has(table))
    const applied = isOurs ? db.prepare<[], Applied>(appliedMigrations('sqlite')).all() : []
    if (applied.length === 0) throw new CommandError(`${name} is not a Sallyport database.`)
    if (lastOf(applied) > newestMigration('sqlite') && unusable('sqlite', applied) !== undefined)
      throw new CommandError(`${name} is from a newer version of Sallyport. Use that version or a later one.`)
    const [orphan] = db.pragma('foreign_key_check') as { table: string }[]
    if (orphan) throw damaged(name, `a row of ${orphan.table} refers to a missing row`)
    return { accounts: count('users'), clients: count('clients'), keys: count('keys'), sessions: count('sessions') }
  } finally {
    db.close()
  }
}

/** A CommandError about `name` when SQLite cannot read the file; otherwise `error` itself. */
export function unreadable(name: string, error: unknown): unknown {
  const { code, message } = error as { code?: unknown; message: string }
  if (code === 'SQLITE_NOTADB') return new CommandError(`${name} is not a SQLite database.`)
  return /^SQLITE_(CORRUPT|IOERR_SHORT_READ)/.test(String(code)) ? damaged(name, message) : error
}

function damaged(name: string, fault: string) {
  // SQLite's description may have a heading and several lines.
  const line = String(fault.split('\n').find(text => !text.startsWith('***')))
  return new CommandError(`${name} is damaged: ${line.replace(/\.$/, '')}.`)
}

/**
 * For an error of the file system or the disk, `error` as one line that begins with the failed operation; otherwise
 * `error` itself.
 */
export function explained(impossible: string, error: unknown): unknown {
  const { code, message } = error as { code?: unknown; message: string }
  if (!/^(SQLITE_|E[A-Z0-9]+$)/.test(String(code))) return error
  return new StoreError('failed', `${impossible}: ${message}`, String(code))
}

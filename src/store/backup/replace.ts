import { equal } from 'node:assert/strict'
import { existsSync, linkSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type Database from 'better-sqlite3'
import { CommandError } from '../../base/errors.ts'
import { openDatabase } from '../engine/sqlite-driver.ts'
import { syncLog } from '../engine/sync-wal.ts'
import { filesOf, flush } from './sqlite-file.ts'

const lockTimeoutMs = 500

/**
 * Gives the database `draft` the name `path` while the old database is locked. Returns the name under which the
 * complete old database is kept, or `null` when there was none. At every moment, `path` is the old or the new database.
 * Throws a CommandError when another process has the old one open.
 */
export async function replaceDatabase(path: string, draft: string): Promise<string | null> {
  const isThere = existsSync(path)
  const lock = isThere ? await lockWhole(path) : undefined
  try {
    const kept = freeName(path)
    // A link, not a rename, so that the database always exists under its name.
    if (isThere) linkSync(path, kept)
    // Left over if the old file is missing or unreadable. SQLite would apply these files to the new database.
    for (const suffix of ['-wal', '-journal']) if (existsSync(path + suffix)) renameSync(path + suffix, kept + suffix)
    rmSync(`${path}-shm`, { force: true })
    flush(dirname(path))
    renameSync(draft, path)
    flush(dirname(path))
    return isThere ? kept : null
  } finally {
    lock?.close()
  }
}

function freeName(path: string): string {
  let name = `${path}.before-restore`
  for (let number = 2; filesOf(name).some(file => existsSync(file)); number++) name = `${path}.before-restore.${number}`
  return name
}

/**
 * Makes the database at `path` one plain file that includes everything in its -wal, and locks it until it is closed;
 * `undefined` when SQLite cannot read it. Throws a CommandError when another process has it open.
 */
async function lockWhole(path: string): Promise<Database.Database | undefined> {
  const old = openDatabase(path, { fileMustExist: true, timeout: lockTimeoutMs })
  try {
    await syncLog(path, { timeout: lockTimeoutMs })
    // Leaving WAL mode requires exclusive access, while BEGIN EXCLUSIVE would let others continue to read.
    old.pragma('journal_mode = DELETE')
    old.exec('BEGIN EXCLUSIVE')
    // A server that started between these statements has restored WAL mode, which makes this lock ineffective.
    equal(old.pragma('journal_mode', { simple: true }), 'delete')
    return old
  } catch (error) {
    old.close()
    const code = String((error as { code?: unknown }).code)
    if (/^SQLITE_(NOTADB|CORRUPT)/.test(code)) return undefined
    if (/^(SQLITE_BUSY|ERR_ASSERTION)/.test(code))
      throw new CommandError(`Another process has ${path} open: stop the server first.`)
    throw error
  }
}

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openDatabase } from '../../src/store/engine/sqlite-driver.ts'
import { halves } from '../support/halves.ts'
import type { Promises, Rows } from './promises.ts'

/** The files of an image, by their paths on the disk. */
export type Files = (readonly [path: string, bytes: Buffer])[]

/** Makes the folder `to` hold these files, whose paths are below `root`, and nothing else. */
export function writeImage(files: Files, root: string, to: string) {
  rmSync(to, { recursive: true, force: true })
  mkdirSync(to)
  for (const [path, bytes] of files) {
    const copy = to + path.slice(root.length)
    mkdirSync(dirname(copy), { recursive: true })
    writeFileSync(copy, bytes)
  }
}

/** The files below `root`. */
export function readFolder(root: string) {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  const paths = files.map(({ parentPath, name }) => join(parentPath, name))
  return new Map(paths.map(path => [path, readFileSync(path)]))
}

/** What is wrong with the database at `path`: damage, partial changes and broken promises. It may be repaired. */
export async function faultsOf(path: string, promises: Promises): Promise<string[]> {
  if (!existsSync(path)) return promises.broken({ users: [], sessions: [] })
  try {
    const { faults, rows } = read(path)
    return [...faults, ...(await promises.broken(rows))]
  } catch (error) {
    return [String(error)]
  }
}

function read(path: string): { faults: string[]; rows: Rows } {
  const db = openDatabase(path)
  try {
    const integrity = String(db.pragma('integrity_check', { simple: true }))
    const faults = integrity === 'ok' ? [] : [integrity]
    // The first start creates every table in one transaction.
    if (!db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'throttle'`).get())
      return { faults, rows: { users: [], sessions: [] } }
    for (const [name, sql] of Object.entries(halves))
      if ((db.prepare(sql).get() as { count: number }).count > 0) faults.push(name)
    const rows = {
      users: db.prepare('SELECT id, username, password_hash FROM users').all(),
      sessions: db.prepare('SELECT id, counter, revoked_at FROM sessions').all()
    }
    return { faults, rows: rows as Rows }
  } finally {
    db.close()
  }
}

import { openDatabase } from '../engine/sqlite-driver.ts'

/** Kilobytes of the names that are kept in memory. */
const cacheKb = 16_384

export type SeenNames = ReturnType<typeof createSeenNames>

/**
 * Remembers names and where each was first seen. Names that do not fit into memory go to a temporary file of SQLite,
 * which has no directory entry and disappears with the process.
 */
export function createSeenNames() {
  const db = openDatabase('')
  db.pragma(`cache_size = -${cacheKb}`)
  db.pragma('journal_mode = OFF')
  db.exec('CREATE TABLE seen (name TEXT PRIMARY KEY, place INTEGER NOT NULL) WITHOUT ROWID; BEGIN')
  const find = db.prepare<[string], number>('SELECT place FROM seen WHERE name = ?').pluck()
  const add = db.prepare('INSERT INTO seen VALUES (?, ?)')
  return {
    /** The first of `names` that was claimed before, and its place. */
    find(names: string[]): { name: string; place: number } | undefined {
      for (const name of names) {
        const place = find.get(name)
        if (place !== undefined) return { name, place }
      }
      return undefined
    },

    /** Claims `names` for `place`. None of them may have been claimed before. */
    claim(names: string[], place: number) {
      for (const name of names) add.run(name, place)
    },

    close: () => void db.close()
  }
}

import Database from 'better-sqlite3'

/** Kilobytes of it that are kept in memory. */
const cacheKb = 16_384

export type Seen = ReturnType<typeof createSeen>

/**
 * Remembers names and where they were first seen, more of them than fit into memory: the rest is in a temporary file of
 * SQLite's, which has no name in its folder and is gone with the process.
 */
export function createSeen() {
  const db = new Database('')
  db.pragma(`cache_size = -${cacheKb}`)
  db.pragma('journal_mode = OFF')
  db.exec('CREATE TABLE seen (name TEXT PRIMARY KEY, place INTEGER NOT NULL) WITHOUT ROWID; BEGIN')
  const find = db.prepare<[string], number>('SELECT place FROM seen WHERE name = ?').pluck()
  const add = db.prepare('INSERT INTO seen VALUES (?, ?)')
  return {
    /** The first of `names` that was seen before, and its place; if none was, they are now, at `place`. */
    claim(names: string[], place: number): { name: string; place: number } | undefined {
      for (const name of names) {
        const earlier = find.get(name)
        if (earlier !== undefined) return { name, place: earlier }
      }
      for (const name of names) add.run(name, place)
      return undefined
    },

    close: () => void db.close()
  }
}

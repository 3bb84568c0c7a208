import type Database from 'better-sqlite3'
import { v7 } from 'uuid'
import { openDatabase } from '../src/store/engine/sqlite-driver.ts'

const secondsApart = 1000

/** How the columns of a copied row differ from the first row of its table, as SQL over `n`, its number. */
type Changes = Record<string, string>

function copyRow(db: Database.Database, table: string, count: number, changes: Changes) {
  const columns = (db.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name)
  const values = columns.map(name => changes[name] ?? `first."${name}"`)
  db.exec(`
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count})
    INSERT INTO ${table} (${columns.map(name => `"${name}"`).join(', ')})
    SELECT ${values.join(', ')} FROM numbers, (SELECT * FROM ${table} ORDER BY rowid LIMIT 1) AS first`)
}

/**
 * Fills the SQLite file at `path`, which has one account and one login, up to `count` accounts with the same hash, each
 * with a login. The added accounts are named `user1`, `user2` and so on, and have ids as if created one per second.
 */
export function fill(path: string, count: number) {
  const db = openDatabase(path)
  const begin = Date.now() - count * secondsApart
  const ids: string[] = []
  db.function('user_id', n => {
    const id = v7({ msecs: begin + Number(n) * secondsApart })
    ids[Number(n)] = id
    return id
  })
  db.function('known_user_id', n => ids[Number(n)] ?? null)
  db.function('session_id', n => v7({ msecs: begin + Number(n) * secondsApart }))
  db.transaction(() => {
    copyRow(db, 'users', count - 1, { id: 'user_id(n)', username: "'user' || n", email: 'NULL' })
    copyRow(db, 'sessions', count - 1, { id: 'session_id(n)', user_id: 'known_user_id(n)' })
  })()
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
}

import type Database from 'better-sqlite3'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { recordOf } from '../migrations.ts'

const journal = '"__drizzle_migrations"'

/**
 * Applies the migrations of `folder` that the journal of drizzle does not have yet, in one transaction. Other processes
 * wait for it, and then find nothing to do. Throws the driver's first error; then nothing has changed. drizzle's own
 * function reads the journal before its transaction, and its ROLLBACK hides that SQLite has already rolled back.
 */
export function migrateSqlite(client: Database.Database, folder: string) {
  const migrations = readMigrationFiles({ migrationsFolder: folder })
  const apply = client.transaction(() => {
    client.exec(
      `CREATE TABLE IF NOT EXISTS ${journal} (id INTEGER PRIMARY KEY, hash text NOT NULL, created_at numeric)`
    )
    const last = client.prepare(`SELECT max(created_at) FROM ${journal}`).pluck().get()
    const record = client.prepare(`INSERT INTO ${journal} (hash, created_at) VALUES (?, ?)`)
    for (const migration of migrations) {
      if (migration.folderMillis <= Number(last)) continue
      for (const statement of migration.sql) client.exec(statement)
      record.run(recordOf(migration), migration.folderMillis)
    }
  })
  apply.immediate()
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { max, sql } from 'drizzle-orm'
import { packageFolder } from '../package.ts'
import type { Engine } from './engine/dialect.ts'
import { StoreError, toStoreError } from './errors.ts'

type Dialect = Engine['dialect']

/** The folder of the shipped migrations. */
export const migrationsFolder = (dialect: Dialect) => join(packageFolder, 'migrations', dialect)

/** The shipped migrations, each with the time that drizzle records for it. */
export const shippedMigrations = (dialect: Dialect): { tag: string; when: number }[] =>
  JSON.parse(readFileSync(join(migrationsFolder(dialect), 'meta/_journal.json'), 'utf8')).entries

/** The time of the last shipped migration, in milliseconds; drizzle records it for each migration that it applies. */
export const newestMigration = (dialect: Dialect) => Math.max(...shippedMigrations(dialect).map(({ when }) => when))

/** The table in which drizzle records the applied migrations. */
export const journalTable = (dialect: Dialect) =>
  dialect === 'sqlite' ? '__drizzle_migrations' : 'drizzle.__drizzle_migrations'

/**
 * Whether the database lacks a shipped migration. Throws a StoreError when a newer version has migrated it.
 */
export async function hasPending({ db, dialect }: Pick<Engine, 'db' | 'dialect'>): Promise<boolean> {
  const last = await lastMigration(db, dialect)
  const newest = newestMigration(dialect)
  if (newest < last)
    throw new StoreError(
      'failed',
      'A newer version of Sallyport has migrated this database. Run that version or a later one.'
    )
  return newest > last
}

/** Whether no migration has been applied. */
export const isNew = async ({ db, dialect }: Pick<Engine, 'db' | 'dialect'>): Promise<boolean> =>
  (await lastMigration(db, dialect)) === 0

async function lastMigration(db: Engine['db'], dialect: Dialect): Promise<number> {
  try {
    const [row] = await db.select({ last: max(sql`created_at`) }).from(sql.raw(journalTable(dialect)))
    return Number(row?.last)
  } catch (error) {
    // A new database has no such table.
    if (toStoreError(error).code === 'failed') return 0
    throw error
  }
}

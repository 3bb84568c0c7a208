import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { max, sql } from 'drizzle-orm'
import { packageFolder } from '../base/package.ts'
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

/**
 * Why this version cannot use a database whose last migration is that of the time `last`, 0 for none; `undefined` when
 * it can, after the pending migrations.
 */
export function unusable(dialect: Dialect, last: number): string | undefined {
  const times = shippedMigrations(dialect).map(({ when }) => when)
  if (last > Math.max(...times))
    return 'A newer version of Sallyport has migrated this database. Run that version or a later one.'
  if (last > 0 && last < Math.min(...times))
    return 'This database is from a version before 0.2.0, which cannot be migrated. Export its accounts with `sallyport users export` of that version, and import them into a new database with `sallyport users import`.'
  return undefined
}

/** The table in which drizzle records the applied migrations. */
export const journalTable = (dialect: Dialect) =>
  dialect === 'sqlite' ? '__drizzle_migrations' : 'drizzle.__drizzle_migrations'

/** Whether the database lacks a shipped migration. Throws a StoreError when this version cannot use it. */
export async function hasPending({ db, dialect }: Pick<Engine, 'db' | 'dialect'>): Promise<boolean> {
  const last = await lastMigration(db, dialect)
  const problem = unusable(dialect, last)
  if (problem !== undefined) throw new StoreError('failed', problem)
  return newestMigration(dialect) > last
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
    const { code, driverCode } = toStoreError(error)
    if (code === 'failed' && !/^SQLITE_(CORRUPT|NOTADB)/.test(driverCode)) return 0
    throw error
  }
}

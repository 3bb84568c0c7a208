import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { packageFolder, packageVersion } from '../base/package.ts'
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

/** A row of the journal of drizzle. PostgreSQL returns the time as text. */
export interface Applied {
  created_at: number | string
  hash: string
}

/** The applied migrations. */
export const appliedMigrations = (dialect: Dialect) => `SELECT created_at, hash FROM ${journalTable(dialect)}`

/**
 * What the journal records for a migration: its hash, and the oldest version that runs after it, if its SQL says so in a
 * comment, `-- Runs with 0.4.0`.
 */
export function recordOf({ hash, sql }: { hash: string; sql: string[] }): string {
  const [comment = ''] = /(?<=^-- )Runs with \d+\.\d+\.\d+$/m.exec(sql.join('\n')) ?? []
  return `${hash} ${comment}`.trim()
}

/** Whether the record of a migration says that this version runs after it. */
function isForUs({ hash }: Applied): boolean {
  const [, oldest] = / Runs with (\S+)$/.exec(hash) ?? []
  return oldest !== undefined && packageVersion.localeCompare(oldest, 'en', { numeric: true }) >= 0
}

/** The time of the last migration in milliseconds, 0 for none. */
export const lastOf = (applied: Applied[]) => Math.max(0, ...applied.map(row => Number(row.created_at)))

/** Why this version cannot use a database with these migrations; `undefined` when it can, after the pending ones. */
export function unusable(dialect: Dialect, applied: Applied[]): string | undefined {
  const times = shippedMigrations(dialect).map(({ when }) => when)
  const newest = Math.max(...times)
  if (applied.some(row => Number(row.created_at) > newest && !isForUs(row)))
    return 'A newer version of Sallyport has migrated this database. Run that version or a later one.'
  const last = lastOf(applied)
  if (last > 0 && last < Math.min(...times))
    return 'This database is from a version before 0.2.0, which cannot be migrated. Export its accounts with `sallyport users export` of that version, and import them into a new database with `sallyport users import`.'
  return undefined
}

/** The table in which drizzle records the applied migrations. */
export const journalTable = (dialect: Dialect) =>
  dialect === 'sqlite' ? '__drizzle_migrations' : 'drizzle.__drizzle_migrations'

/** Whether the database lacks a shipped migration. Throws a StoreError when this version cannot use it. */
export async function hasPending({ db, dialect }: Pick<Engine, 'db' | 'dialect'>): Promise<boolean> {
  const applied = await readApplied(db, dialect)
  const problem = unusable(dialect, applied)
  if (problem !== undefined) throw new StoreError('failed', problem)
  return newestMigration(dialect) > lastOf(applied)
}

/** Whether no migration has been applied. */
export const isNew = async ({ db, dialect }: Pick<Engine, 'db' | 'dialect'>): Promise<boolean> =>
  (await readApplied(db, dialect)).length === 0

async function readApplied(db: Engine['db'], dialect: Dialect): Promise<Applied[]> {
  try {
    const row = { created_at: sql<number>`created_at`, hash: sql<string>`hash` }
    return await db.select(row).from(sql.raw(journalTable(dialect)))
  } catch (error) {
    // A new database has no such table.
    const { code, driverCode } = toStoreError(error)
    if (code === 'failed' && !/^SQLITE_(CORRUPT|NOTADB)/.test(driverCode)) return []
    throw error
  }
}

import { setTimeout } from 'node:timers/promises'
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator'
import type pg from 'pg'
import { toStoreError } from '../errors.ts'
import { recordOf } from '../migrations.ts'

/** An arbitrary number for the advisory lock: "sallyprt" in ASCII. */
const migrationLock = 0x73616c6c79707274n
const journal = 'drizzle.__drizzle_migrations'
/**
 * How long an attempt waits for a table, because everything else that uses the table waits behind it. This is longer
 * than the second after which PostgreSQL cancels an autovacuum that is in the way, and shorter than the two seconds
 * after which a change of another node fails.
 */
const lockTimeoutMs = 1200
const pauseMs = 3000
/** How often the same wait is reported. */
const reportMs = 60_000
/** A query that joins these tables names them last and in this order, which is the order in which it locks them. */
const lockedLast = ['users', 'clients']

/**
 * Applies the migrations of `folder` that the journal of drizzle does not have yet, in one transaction: one that is
 * killed has changed nothing. Of several processes, one migrates, and the others then find nothing to do. It waits
 * for transactions that use its tables as long as they run, in short attempts, so that other nodes can work. `onWait`
 * receives sentences that say what it waits for. `client` has to be connected to PostgreSQL itself.
 */
export async function migratePostgres(client: pg.Client, folder: string, onWait: (message: string) => void) {
  const migrations = readMigrationFiles({ migrationsFolder: folder })
  const report = reporter(onWait)
  await client.query(`SET lock_timeout = ${lockTimeoutMs}`)
  // Held until the connection ends, because attempts of several processes would follow each other without a pause.
  await untilUnlocked(
    () => client.query('SELECT pg_advisory_lock($1)', [migrationLock]),
    async () => report(await otherMigration(client))
  )
  await client.query(`CREATE SCHEMA IF NOT EXISTS drizzle;
    CREATE TABLE IF NOT EXISTS ${journal} (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint)`)
  const { rows } = await client.query(`SELECT max(created_at) AS last FROM ${journal}`)
  const pending = migrations.filter(({ folderMillis }) => folderMillis > Number(rows[0].last))
  const tables = alteredTables(pending)
  await untilUnlocked(
    () => apply(client, pending, tables),
    async () => {
      report(await longTransaction(client, tables))
      await setTimeout(pauseMs)
    }
  )
}

/** Runs `attempt` until no lock (55P03) and no deadlock (40P01) makes it fail, with `wait` in between. */
async function untilUnlocked(attempt: () => Promise<unknown>, wait: () => Promise<void>) {
  for (;;) {
    try {
      await attempt()
      return
    } catch (error) {
      if (!/^(55P03|40P01)$/.test(toStoreError(error).driverCode)) throw error
      await wait()
    }
  }
}

async function apply(client: pg.Client, pending: MigrationMeta[], tables: string[]) {
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED')
  try {
    if (tables.length > 0) await client.query(`LOCK TABLE ${tables} IN ACCESS EXCLUSIVE MODE`)
    for (const migration of pending) {
      for (const statement of migration.sql) await client.query(statement)
      const row = [recordOf(migration), migration.folderMillis]
      await client.query(`INSERT INTO ${journal} (hash, created_at) VALUES ($1, $2)`, row)
    }
    await client.query('COMMIT')
  } catch (error) {
    // After a lost connection, this fails too, and says less.
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}

/** The existing tables that the migrations alter, in the order in which they are locked. */
function alteredTables(migrations: MigrationMeta[]): string[] {
  const text = migrations.flatMap(({ sql }) => sql).join('\n')
  const namesAfter = (words: string) =>
    [...text.matchAll(RegExp(`^${words} "(\\w+)"`, 'gm'))].map(([, name]) => String(name))
  const created = namesAfter('CREATE TABLE')
  return [...new Set(namesAfter('ALTER TABLE'))]
    .filter(table => !created.includes(table))
    .sort((a, b) => lockedLast.indexOf(a) - lockedLast.indexOf(b))
}

/** Passes a message on when it is new, and again after a minute. */
function reporter(onWait: (message: string) => void) {
  let last = { message: '', at: 0 }
  return (message: string) => {
    const at = performance.now()
    if (message === last.message && at < last.at + reportMs) return
    last = { message, at }
    onWait(message)
  }
}

async function otherMigration(client: pg.Client) {
  const lock = "locktype = 'advisory' AND classid::bigint << 32 | objid::bigint = $1"
  const { name = 'another process' } = await holder(client, lock, migrationLock)
  return `The migration waits for ${name}, which migrates the database.`
}

/** Names the oldest of the transactions that an attempt has waited for, and that still run. */
async function longTransaction(client: pg.Client, tables: string[]) {
  const lock = `locktype = 'relation' AND relation IN (SELECT to_regclass(t) FROM unnest($1::text[]) AS t)
    AND coalesce(xact_start < clock_timestamp() - interval '${lockTimeoutMs} ms', true)`
  const { name = 'other transactions', since } = await holder(client, lock, tables)
  const began = since ? `, which began its transaction at ${since.toISOString()}` : ''
  return `The migration waits for ${name}${began}. It tries again every few seconds, and nodes of the old version work.`
}

/** Who holds a lock. PostgreSQL shows the times of other roles to few roles. */
async function holder(client: pg.Client, lock: string, value: unknown): Promise<{ name?: string; since?: Date }> {
  const { rows } = await client.query(
    `SELECT pid, application_name AS program, xact_start AS since FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE granted AND pid <> pg_backend_pid()
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND ${lock}
    ORDER BY xact_start LIMIT 1`,
    [value]
  )
  const [found] = rows
  if (!found) return {}
  const { pid, program, since } = found
  return { name: `PostgreSQL process ${pid}${program && ` (${program})`}`, since }
}

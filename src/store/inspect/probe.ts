import { existsSync } from 'node:fs'
import { databaseSetting, withAdvice } from '../advice.ts'
import { type Applied, appliedMigrations, journalTable, lastOf, shippedMigrations, unusable } from '../migrations.ts'
import { openFileReadOnly, openServerReadOnly, type ReadOnlyConnection } from './read-only.ts'
import { type SealedRows, sealedRows } from './sealed-rows.ts'

/** The state of a database, read without changing it. */
export interface Probe {
  /** The round-trip time of a query, in milliseconds. */
  pingMs: number
  /** SQLite: the journal mode of the file. */
  sqlite?: { journalMode: string }
  /** PostgreSQL: whether a connection pooler answers. */
  isPooled?: boolean
  /** PostgreSQL: which of its settings fsync and full_page_writes are off. */
  unsafe?: string[]
  /** PostgreSQL: how far its clock is ahead of this machine's, in milliseconds. */
  clockAheadMs?: number
  /** Names of the shipped migrations that have not been applied. */
  pending: string[]
  /** Why this version cannot use it. */
  unusable?: string
  /** The latest time in the audit trail; an invalid Date after an invalid manual change. */
  newestAudit?: Date
  /** The time of the first audit event that has no seal. */
  unsealedSince?: Date
  /** How many webhooks wait for a receiver that accepts events, or were paused for it. */
  stuckWebhooks?: number
  /** The newest signing key, whose private part is encrypted. */
  signingKey?: { kid: string; sealed: string }
  /** The rows that are encrypted with the secret; absent when the schema is of another version. */
  sealed?: SealedRows
}

/**
 * Inspects the database at `url` without changing it: creates no file and applies no migration. Resolves to `undefined`
 * when the SQLite file does not exist. Throws a StoreError, which says what to change, when the database does not
 * respond. `now` is this machine's clock, in milliseconds.
 */
export async function probeStore(url: string, now: () => number = Date.now): Promise<Probe | undefined> {
  const path = url.startsWith('sqlite:') ? url.slice('sqlite:'.length) : undefined
  if (path !== undefined && !existsSync(path)) return undefined
  try {
    const connection = await (path === undefined ? openServerReadOnly(url) : openFileReadOnly(path))
    try {
      return await look(connection, now)
    } finally {
      await connection.close()
    }
  } catch (error) {
    throw withAdvice(error, databaseSetting(url))
  }
}

async function look(connection: ReadOnlyConnection, now: () => number): Promise<Probe> {
  const isSqlite = connection.dialect === 'sqlite'
  const started = performance.now()
  await connection.value(isSqlite ? 'SELECT count(*) FROM sqlite_schema' : 'SELECT 1')
  const pingMs = performance.now() - started
  const state = await migrations(connection)
  return {
    pingMs,
    ...(isSqlite
      ? { sqlite: { journalMode: String(await connection.value('PRAGMA journal_mode')) } }
      : {
          isPooled: connection.isPooled === true,
          unsafe: await unsafe(connection),
          clockAheadMs: await clockAhead(connection, now)
        }),
    ...state,
    ...(await lastAudit(connection)),
    ...(await firstUnsealed(connection)),
    ...(await newestKey(connection)),
    ...(await stuckWebhooks(connection)),
    ...(state.pending.length === 0 && state.unusable === undefined
      ? { sealed: await sealedRows(connection, now()) }
      : {})
  }
}

async function unsafe({ value }: ReadOnlyConnection): Promise<string[]> {
  const off = "FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off'"
  return (await value(`SELECT ARRAY(SELECT name ${off} ORDER BY name)`)) as string[]
}

async function clockAhead({ value }: ReadOnlyConnection, now: () => number): Promise<number> {
  const asked = now()
  const theirs = (await value('SELECT clock_timestamp()')) as Date
  return theirs.getTime() - (asked + now()) / 2
}

async function migrations(connection: ReadOnlyConnection) {
  const { dialect, rows } = connection
  const applied: Applied[] = []
  if (await has(connection, journalTable(dialect)))
    for await (const row of rows(appliedMigrations(dialect)))
      applied.push({ created_at: Number(row.created_at), hash: String(row.hash) })
  const last = lastOf(applied)
  const problem = unusable(dialect, applied)
  return {
    pending: shippedMigrations(dialect).flatMap(({ tag, when }) => (when > last ? [tag] : [])),
    ...(problem !== undefined && { unusable: problem })
  }
}

async function lastAudit(connection: ReadOnlyConnection) {
  if (!(await has(connection, 'audit'))) return {}
  const at = await connection.value('SELECT max(at) FROM audit')
  return at === null ? {} : { newestAudit: new Date(Number(at)) }
}

async function firstUnsealed(connection: ReadOnlyConnection) {
  if (!(await has(connection, 'seals'))) return {}
  // As `seldom` of src/store/schema.
  const unsealed = connection.dialect === 'sqlite' ? 'unlikely(seal IS NULL)' : 'seal IS NULL'
  const at = await connection.value(`SELECT (SELECT at FROM audit WHERE ${unsealed} ORDER BY seal, seq LIMIT 1)`)
  return at === null ? {} : { unsealedSince: new Date(Number(at)) }
}

async function newestKey(connection: ReadOnlyConnection) {
  if (!(await has(connection, 'keys'))) return {}
  // Base64url has no space. A scalar subquery is null when the table is empty.
  const newest = "SELECT kid || ' ' || private_sealed FROM keys ORDER BY generation DESC LIMIT 1"
  const [kid, sealed] = String((await connection.value(`SELECT (${newest})`)) ?? '').split(' ')
  return kid && sealed ? { signingKey: { kid, sealed } } : {}
}

async function stuckWebhooks(connection: ReadOnlyConnection) {
  if (!(await has(connection, 'webhooks'))) return {}
  const stuck = "pause_reason IN ('failing', 'gone') OR (attempts > 0 AND paused_at IS NULL)"
  return { stuckWebhooks: Number(await connection.value(`SELECT count(*) FROM webhooks WHERE ${stuck}`)) }
}

async function has({ dialect, value }: ReadOnlyConnection, table: string): Promise<boolean> {
  const query =
    dialect === 'sqlite'
      ? `SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '${table}'`
      : `SELECT to_regclass('${table}')`
  return Boolean(await value(query))
}

import type { NodePgQueryResultHKT } from 'drizzle-orm/node-postgres'
import type { PgDatabase } from 'drizzle-orm/pg-core'
import type * as postgres from '../schema/columns.postgres.ts'
import type { tables } from '../schema/tables.ts'

/** The column vocabulary. PostgreSQL's is the typed reference; SQLite provides the same names. */
export type Columns = typeof postgres.columns

/** Every table by name, and `sha256` and `contains`, which are not portable SQL. */
export type Schema = ReturnType<typeof tables>

/**
 * The query interface: awaitable builders that both engines have. It has no `transaction()`, because better-sqlite3's
 * does not accept an async function, and no `.get()`, `.all()` or `.run()`, because PostgreSQL has none.
 */
export type Db = Pick<
  PgDatabase<NodePgQueryResultHKT, Record<string, never>>,
  'select' | 'insert' | 'update' | 'delete'
>

/** Receives messages for the log about faults that fail no request. */
export type Notify = (message: string, error?: Error) => void

/** A built query that has not run yet. */
export type Statement<T = unknown> = PromiseLike<T>

/** Builds the statements of one transaction, the guard first. */
export type Build<T> = (tx: Db) => [Statement<T[]>, ...Statement[]]

/** One open database, on either engine. */
export interface Engine {
  dialect: 'sqlite' | 'postgres'
  /** For reads. Writes go through `atomic` or `prepare`. */
  db: Pick<Db, 'select'>
  schema: Schema
  /**
   * Runs the statements in order in one transaction and resolves to the rows of the first, the guard: when it returns
   * no row, the rest does not run. Guards belong in its WHERE clause; nothing can be read in between. Lists run one
   * after the other across all processes: each sees the changes of all earlier lists.
   */
  atomic<T>(build: Build<T>): Promise<T[]>
  /**
   * The same for statements with placeholders, built and prepared once under `name`, because building the SQL is most
   * of the cost of a short transaction.
   */
  prepare<T>(name: string, build: Build<T>): (params: Record<string, unknown>) => Promise<T[]>
  /**
   * A number that changes with every commit of any process. While it stays the same, earlier reads are current. Not
   * available for an engine that would have to query a server.
   */
  version?(): number
  /** Applies the pending migrations in `folder`; safe when several processes start at once. */
  migrate(folder: string): Promise<void>
  /** Rejects when the database does not respond, or when PostgreSQL accepts no writes. */
  ping(): Promise<void>
  close(): Promise<void>
}

import type { SQL } from 'drizzle-orm'
import type { NodePgQueryResultHKT } from 'drizzle-orm/node-postgres'
import type { PgColumn, PgDatabase, PgTable, PgUpdateSetSource } from 'drizzle-orm/pg-core'
import type { tables } from '../schema/tables.ts'

/**
 * Every table by name, and `contains`, `detailText`, `seldom`, `beginning` and `locked`, which are not portable SQL.
 */
export type Schema = ReturnType<typeof tables>

/**
 * The query interface: awaitable builders that both engines have. It has no `transaction()`, because better-sqlite3's
 * does not accept an async function, and no `.get()`, `.all()` or `.run()`, because PostgreSQL has none.
 */
export type Db = Pick<
  PgDatabase<NodePgQueryResultHKT, Record<string, never>>,
  'select' | 'insert' | 'update' | 'delete'
>

/** The advisory locks, for lists whose condition covers rows that they do not lock. */
export type Exclusive = 'administrators' | 'ways-in' | 'personal-tokens'

/** Receives messages for the log about faults that fail no request. */
export type Notify = (message: string, error?: Error) => void

/** A built query that has not run yet. */
export type Statement<T = unknown> = PromiseLike<T>

/**
 * The writes of a list that follow its guard. They change nothing when the guard returned no row: SQLite does not run
 * them, and on PostgreSQL, which receives the whole list at once, each repeats the condition.
 */
export interface Following {
  insert<T extends PgTable>(table: T, row: T['$inferInsert'], conflict?: Conflict<T>): Statement
  update<T extends PgTable>(table: T, changes: PgUpdateSetSource<T>, where: SQL | undefined): Statement
  delete(table: PgTable, where: SQL | undefined): Statement
}

/**
 * The changes of an insert when `target` is taken. An engine keeps the statement with this object, so `set` has no
 * value of a row.
 */
export interface Conflict<T extends PgTable> {
  target: PgColumn | PgColumn[]
  set: PgUpdateSetSource<T>
}

/** Builds the statements of one transaction, the guard first. */
export type Build<T> = (tx: Db, then: Following) => [Statement<T[]>, ...Statement[]]

/** One open database, on either engine. */
export interface Engine {
  dialect: 'sqlite' | 'postgres'
  /** For reads. Writes go through `atomic` or `prepare`. */
  db: Pick<Db, 'select'>
  schema: Schema
  /**
   * Runs the statements in order in one transaction and one round trip, and resolves to the rows of the first, the
   * guard: when it returns no row, the rest has no effect. Each statement sees what was committed before it began, and
   * the rows that the guard changed stay locked until the end. Of lists with the same `exclusive`, one runs at a time.
   * `onCommit` is as for `prepare`.
   */
  atomic<T>(build: Build<T>, exclusive?: Exclusive, onCommit?: () => void): Promise<T[]>
  /**
   * The same for one change whose parameters are all placeholders, built and prepared once under `name`, because to
   * build the SQL is most of the cost of a short transaction. Resolves to the number of rows that it changed. Changes
   * that arrive together share a transaction, in the order of the placeholder `by`, which identifies the row; if one
   * fails, the others do not. With `onCommit`, the change does not count for `version`: `onCommit` updates what was
   * cached, and is called before the next read if a row was changed.
   */
  prepare(
    name: string,
    build: (tx: Db) => Statement,
    by: string
  ): (values: Record<string, unknown>, onCommit?: () => void) => Promise<number>
  /**
   * Resolves when all that was read is on disk. Rejects when the disk refuses it, or when another process is writing.
   */
  durable(): Promise<void>
  /**
   * A number that changes with every commit of any process. While it stays the same, earlier reads are current. Not
   * available for an engine that would have to query a server.
   */
  version?(): number
  /**
   * Applies the pending migrations in `folder`; safe when several processes start at once. On PostgreSQL through a
   * connection to `url`, which must not go through a pooler. `onWait` receives sentences that say what it waits for.
   */
  migrate(folder: string, url?: string, onWait?: (message: string) => void): Promise<void>
  /** The clock of a database server. */
  now?(): Promise<Date>
  /** The size of the database in bytes. */
  size(): Promise<number>
  /** The size of the volume of the database file and what is free on it in bytes; `undefined` without a file. */
  volume(): Promise<{ free: number; total: number } | undefined>
  /** Rejects when the database does not respond, or when PostgreSQL accepts no writes. */
  ping(): Promise<void>
  close(): Promise<void>
}

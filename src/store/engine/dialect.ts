import type { NodePgQueryResultHKT } from 'drizzle-orm/node-postgres'
import type { PgDatabase } from 'drizzle-orm/pg-core'
import type * as postgres from '../schema/columns.postgres.ts'
import type { tables } from '../schema/tables.ts'

/** The column vocabulary. PostgreSQL's is the typed reference; SQLite offers the same names. */
export type Columns = typeof postgres.columns

/** Every table, by name, and `sha256` and `contains`, for which SQL has no common name. */
export type Schema = ReturnType<typeof tables>

/**
 * What a query may use: awaitable builders that both engines have. There is no `transaction()`, because
 * better-sqlite3's takes no async function, and no `.get()`, `.all()` or `.run()`, because PostgreSQL has none.
 */
export type Db = Pick<
  PgDatabase<NodePgQueryResultHKT, Record<string, never>>,
  'select' | 'insert' | 'update' | 'delete'
>

/** Hears of what an operator should know and that makes no request fail. */
export type Notify = (message: string, error?: Error) => void

/** A built query that has not run yet. */
export type Statement<T = unknown> = PromiseLike<T>

/** Builds the statements of one transaction, the guard first. */
export type Build<T> = (tx: Db) => [Statement<T[]>, ...Statement[]]

/** One open database, whichever engine it is on. */
export interface Engine {
  dialect: 'sqlite' | 'postgres'
  /** For reads. What writes goes through `atomic` or `prepare`. */
  db: Pick<Db, 'select'>
  schema: Schema
  /**
   * Runs the statements in order in one transaction and resolves to the rows of the first, which is the guard: when
   * it returns no row, the rest does not run. Guards belong in its WHERE clause; nothing can be read in between.
   * Lists run one after the other, whichever process they come from: each sees what all before it have changed.
   */
  atomic<T>(build: Build<T>): Promise<T[]>
  /**
   * The same for statements with placeholders, which are built and prepared once, under `name`, and then only run: most of
   * what a short transaction costs is building its SQL.
   */
  prepare<T>(name: string, build: Build<T>): (params: Record<string, unknown>) => Promise<T[]>
  /**
   * A number that is another one after every commit, whoever committed; `undefined` where the engine cannot tell without
   * asking a server. What was read since it changed is still what would be read now.
   */
  version?(): number
  /** Applies what is missing of the migrations in `folder`; safe when several processes start at once. */
  migrate(folder: string): Promise<void>
  /** Resolves when the database answers. */
  ping(): Promise<void>
  close(): Promise<void>
}

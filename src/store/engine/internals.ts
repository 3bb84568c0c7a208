import type { Writable } from 'node:stream'
import { type ColumnsSelection, is, type Param, Placeholder, type Query } from 'drizzle-orm'
import type { TypedQueryBuilder } from 'drizzle-orm/query-builders/query-builder'
import type pg from 'pg'
import type { Statement } from './dialect.ts'

// Everything that drizzle and pg have and do not declare, or declare for one engine only. A new version of either
// breaks this file alone.

/** Sends a statement, whose values are already in its SQL. */
export type Send<T = unknown> = () => Promise<T>

/** A statement that runs synchronously, as a better-sqlite3 transaction requires. */
export interface SyncStatement {
  execute(): { sync(): unknown }
}

/** The values of placeholders by name. */
export type Values = Record<string, unknown>

/** A prepared statement, which runs with the values of its placeholders. */
export interface Prepared {
  execute(values: object): Promise<unknown>
}

/** The statement of SQLite, built and prepared. */
export const sync = (statement: Statement) => (statement as unknown as { prepare(): SyncStatement }).prepare()

/** A statement for `sync` that runs one that was prepared before. */
export const again = (prepared: Prepared, values: object) =>
  ({ prepare: () => ({ execute: () => prepared.execute(values) }) }) as unknown as Statement

/**
 * The SQL of a change whose parameters are all placeholders, and the function that makes its parameters of the values
 * by name. drizzle would find out at each run what each parameter is, which takes nearly as long as the change.
 */
export function boundChange(change: Statement) {
  const { sql, params } = (change as unknown as { toSQL(): Query }).toSQL()
  const readers = params.map(param => {
    if (is(param, Placeholder)) return (values: Values) => values[param.name]
    const { encoder, value } = param as Param & { value: Placeholder }
    return (values: Values) => encoder.mapToDriverValue(values[value.name])
  })
  return { sql, parameters: (values: Values) => readers.map(read => read(values)) }
}

/** Prepares a statement with placeholders; PostgreSQL needs a `name`. */
export const prepare = (statement: object, name?: string) =>
  (statement as unknown as { prepare(name?: string): Prepared }).prepare(name)

/** Builds the SQL of PostgreSQL with its values, which a promise would do only when it is sent. */
export function ready<T>(statement: Statement<T>): Send<T> {
  // `prepare` without a name, which the statements of `execute` do not have.
  const built = (statement as unknown as { _prepare(): { execute: Send<T> } })._prepare()
  return () => built.execute()
}

/** A statement as the query of a common table expression. */
export const asQuery = (statement: Statement) => statement as unknown as TypedQueryBuilder<ColumnsSelection>

/** The socket of a connection. */
export const streamOf = (client: pg.PoolClient) =>
  (client as unknown as { connection: { stream: Writable } }).connection.stream

/** The id that the server has told this connection, for a request to cancel its query. */
export const processIdOf = (client: object) => (client as unknown as { processID: number }).processID

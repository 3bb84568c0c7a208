import { type Column, eq, type SQL, sql } from 'drizzle-orm'
import { readTogether } from './batch.ts'
import type { Engine } from './dialect.ts'
import { preparedLater, type Query } from './prepared-later.ts'
import { type Cached, cachedByVersion } from './version-cache.ts'

/** Rows by id. `replace` is absent where none are cached. */
export interface RowsById<Row> extends Pick<Cached<Row>, 'get' | 'recall'> {
  /**
   * Replaces the member `name` of the row, if it is cached, after a change that the version does not report. Forgets
   * the row when the member is not `from`.
   */
  replace?<Name extends keyof Row>(id: string, name: Name, from: Row[Name], to: Row[Name]): void
}

/**
 * Reads rows by `id`, with one prepared statement `name`. SQLite caches them until a change, which it detects locally.
 * PostgreSQL would need a query to detect one, so all concurrent reads share a query.
 */
export function rowsById<Found, Row>(
  { version }: Engine,
  { name, id, select }: { name: string; id: Column; select: (where: SQL) => Query<Found> },
  { rowOf, idOf }: { rowOf: (found: Found) => Row; idOf: (row: Row) => string }
): RowsById<Row> {
  function prepared(where: SQL) {
    const query = preparedLater(name, () => select(where))
    return async (values: Record<string, unknown>) => (await query(values)).map(rowOf)
  }

  if (version) {
    const read = prepared(eq(id, sql.placeholder('id')))
    const rows = cachedByVersion(version, async key => (await read({ id: key }))[0])
    return {
      ...rows,
      replace: (key, name, from, to) =>
        rows.replace(key, known => (known[name] === from ? { ...known, [name]: to } : undefined))
    }
  }
  const read = prepared(sql`${id} = any(${sql.placeholder('ids')})`)
  return { get: readTogether(ids => read({ ids }), idOf), recall: (_id, use) => use(undefined) }
}

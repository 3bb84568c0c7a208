import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { Columns } from './dialect.ts'

/** The column vocabulary on SQLite, where a time is milliseconds since the epoch in a 64-bit integer. */
export const columns = {
  table: sqliteTable,
  text,
  integer,
  index,
  uniqueIndex,
  primaryKey,
  bool: (name: string) => integer(name, { mode: 'boolean' }),
  time: (name: string) => integer(name, { mode: 'timestamp_ms' }),
  millis: (name: string) => integer(name),
  json: <T>(name: string) => text(name, { mode: 'json' }).$type<T>()
} as unknown as Columns

import { boolean, index, integer, jsonb, pgTable, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core'

/** The column vocabulary on PostgreSQL. */
export const columns = {
  table: pgTable,
  text,
  integer,
  index,
  uniqueIndex,
  bool: (name: string) => boolean(name),
  time: (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 }),
  json: <T>(name: string) => jsonb(name).$type<T>()
}

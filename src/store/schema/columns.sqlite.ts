import { type Column, type SQL, sql } from 'drizzle-orm'
import { customType, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { asPostgres } from './as-postgres.ts'
import type { AuditDetail, Columns } from './columns.postgres.ts'

/** The column vocabulary on SQLite, where a time is milliseconds since the epoch in a 64-bit integer. */
export const columns = asPostgres<Columns>({
  table: sqliteTable,
  text,
  integer,
  index,
  uniqueIndex,
  primaryKey,
  bool: (name: string) => integer(name, { mode: 'boolean' }),
  time: (name: string) => integer(name, { mode: 'timestamp_ms' }),
  millis: (name: string) => integer(name),
  long: (name: string) => integer(name),
  identity: (name: string) => integer(name),
  json: <T>(name: string) => text(name, { mode: 'json' }).$type<T>(),
  eventTime: customType<{ data: Date; driverData: number }>({
    dataType: () => 'integer',
    toDriver: time => time.getTime(),
    fromDriver: value => new Date(Number.isInteger(value) ? value : Number.NaN)
  }),
  detail: customType<{ data: AuditDetail; driverData: string }>({
    dataType: () => 'text',
    toDriver: detail => JSON.stringify(detail),
    fromDriver: parsed
  }),
  contains: (array: Column, text: string) => sql`instr(${array}, ${JSON.stringify(text)}) > 0`,
  detailText: (detail: Column, name: string) =>
    sql`CASE WHEN json_valid(${detail}) THEN json_extract(${detail}, ${sql.raw(`'$.${name}'`)}) END`,
  seldom: (condition: SQL) => sql`unlikely(${condition})`,
  // Changes run one after the other.
  locked: sql``,
  beginning: (unit: 'hour' | 'day', time: Column) =>
    sql`${time} - ${time} % ${unit === 'hour' ? 3_600_000 : 86_400_000}`.mapWith(time)
})

function parsed(text: string) {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

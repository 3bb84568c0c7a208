import { type Column, sql } from 'drizzle-orm'
import { customType, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { AuditDetail } from '../audit/events.ts'
import type { Columns } from '../engine/dialect.ts'

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
  // Changes run one after the other.
  locked: sql``,
  beginning: (unit: 'hour' | 'day', time: Column) =>
    sql`${time} - ${time} % ${unit === 'hour' ? 3_600_000 : 86_400_000}`.mapWith(time)
} as unknown as Columns

function parsed(text: string) {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

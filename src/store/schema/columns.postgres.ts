import { type Column, type SQL, sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  customType,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex
} from 'drizzle-orm/pg-core'

/** The column vocabulary. PostgreSQL's is the typed reference; SQLite provides the same names. */
export type Columns = typeof columns

/** Further facts about an event of the audit trail: members with plain values. */
export type AuditDetail = Record<string, string | number | boolean>

/** The column vocabulary on PostgreSQL. */
export const columns = {
  table: pgTable,
  text,
  integer,
  index,
  uniqueIndex,
  primaryKey,
  bool: (name: string) => boolean(name),
  time: (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 }),
  /** Milliseconds since the epoch, for times in calculations. */
  millis: (name: string) => bigint(name, { mode: 'number' }),
  /** Integers of more than 32 and up to 53 bits. */
  long: (name: string) => bigint(name, { mode: 'number' }),
  /** A number that the database assigns, in the order of the inserts and with gaps. */
  identity: (name: string) => bigint(name, { mode: 'number' }).generatedByDefaultAsIdentity(),
  json: <T>(name: string) => jsonb(name).$type<T>(),
  /** A time of the audit trail; an invalid Date after an invalid manual change. */
  eventTime: customType<{ data: Date; driverData: string }>({
    dataType: () => 'timestamp (3) with time zone',
    toDriver: time => time.toISOString(),
    // `Date` reads the year 26 as 2026.
    fromDriver: text => new Date(/^[1-9]\d{3}-/.test(text) ? text : Number.NaN)
  }),
  /** JSON of the audit trail, or any value after a manual change. */
  detail: customType<{ data: AuditDetail }>({
    dataType: () => 'jsonb',
    toDriver: detail => JSON.stringify(detail),
    fromDriver: detail => detail as AuditDetail
  }),
  /** Whether a JSON array of strings contains `text`. The strings must not need escaping. */
  contains: (array: Column, text: string) => sql`${array} @> ${JSON.stringify([text])}::jsonb`,
  /** A member of the detail of an event that is a text; null without it. `name` must not need escaping. */
  detailText: (detail: Column, name: string): SQL<string | null> => sql`${detail} ->> ${sql.raw(`'${name}'`)}`,
  /** A condition that few rows meet: SQLite finds them by their index, whatever ANALYZE has stored about it. */
  seldom: (condition: SQL) => condition,
  /** Ends a subquery: locks the rows that it has found until the change is done. */
  locked: sql` FOR UPDATE`,
  /** The beginning of the hour or day (UTC) that the time of an event is in. */
  beginning: (unit: 'hour' | 'day', time: Column): SQL<Date> =>
    sql`date_trunc(${unit}, ${time}, 'UTC')`.mapWith(time) as SQL<Date>
}

import { assumed } from './assumptions.ts'
import { meanRates } from './demand.ts'
import { rowBytes } from './service-times.ts'

/** Rows of a table, and their size with indexes in bytes. */
export interface Stored {
  table: string
  rows: number
  postgres: number
  sqlite: number
}

const secondsOfDay = 86_400

/** The rows that a steady service keeps. A session is deleted some days after its last use, an event after a year. */
export function stored(accounts: number): Stored[] {
  const { logins, failures } = meanRates(accounts)
  const sealsOfDay = Math.min(secondsOfDay, (logins + failures) * secondsOfDay)
  const rows = {
    users: accounts,
    sessions: logins * secondsOfDay * assumed('sessionDays'),
    known_prefixes: accounts * (1 + assumed('newPrefixShare')),
    audit: (logins + failures) * secondsOfDay * assumed('auditDays'),
    seals: sealsOfDay * assumed('auditDays')
  }
  return (Object.keys(rows) as (keyof typeof rows)[]).map(table => ({
    table,
    rows: rows[table],
    postgres: rows[table] * rowBytes.postgres[table],
    sqlite: rows[table] * rowBytes.sqlite[table]
  }))
}

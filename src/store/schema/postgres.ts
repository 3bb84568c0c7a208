import { columns } from './columns.postgres.ts'
import { tables } from './tables.ts'

/** The tables as drizzle-kit reads them to generate `migrations/postgres`. */
export const {
  users,
  sessions,
  clients,
  keys,
  audit,
  seals,
  throttle,
  knownPrefixes,
  mail,
  oneTimeTokens,
  totp,
  recoveryCodes,
  passkeys,
  spent,
  setupLinks
} = tables(columns)

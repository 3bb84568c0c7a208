import { columns } from './columns.sqlite.ts'
import { tables } from './tables.ts'

/** The tables as drizzle-kit reads them to generate `migrations/sqlite`. */
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

import { columns } from './columns.sqlite.ts'
import { tables } from './tables.ts'

/** The tables as drizzle-kit reads them to generate `migrations/sqlite`. */
export const {
  users,
  totp,
  recoveryCodes,
  passkeys,
  sessions,
  clients,
  spent,
  throttle,
  knownPrefixes,
  mail,
  oneTimeTokens,
  emailCodes,
  personalTokens,
  identities,
  setupLinks,
  keys,
  nodes,
  audit,
  seals,
  webhooks
} = tables(columns)

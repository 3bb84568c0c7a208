import { assumed } from './assumptions.ts'
import { databaseSeconds, hashSeconds, loopSeconds, readsOfLogin } from './service-times.ts'

/** Processor time of a login in seconds, by the place where it is spent. */
export const loginSeconds = () => ({
  hash: hashSeconds,
  loop: loopSeconds.login + loopSeconds.sealedEvent,
  database: databaseSeconds.login + readsOfLogin * databaseSeconds.loginRead + databaseSeconds.sealedEvent
})

/** Processor time of a refresh in seconds. */
export const refreshSeconds = () => ({
  loop: loopSeconds.refresh,
  database: databaseSeconds.refreshes(1) + databaseSeconds.sessions(1)
})

/** What a million of requests of this processor time costs, in dollars, if every core is used to `use` (0 to 1). */
export const dollarsPerMillion = (coreSeconds: number, use: number) =>
  ((coreSeconds / 3600) * assumed('corePrice') * 1e6) / use

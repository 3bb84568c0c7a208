import { assumed } from './assumptions.ts'
import { peakRates, type Rates } from './demand.ts'
import { databaseSeconds, hashSeconds, readsOfLogin } from './service-times.ts'

/** A deployment. */
export interface Size {
  accounts: number
  nodes: number
  /** `HASH_CONCURRENCY` of each node; the event loop has one more core. */
  hashCores: number
  databaseCores: number
}

/** Connections that each node keeps to PostgreSQL. */
export const poolSize = 10
const [smallNode, largeNode] = [2, 7]

/** Cores that passwords need at these rates. */
export const hashLoad = ({ logins, failures }: Rates) => (logins + failures) * hashSeconds

/** Cores that PostgreSQL needs at these rates, if no two reads or refreshes share a turn. */
export function databaseLoad({ logins, failures, refreshes, reads }: Rates) {
  const { login, attempt, loginRead, refreshes: rotations, sessions, sealedEvent } = databaseSeconds
  return (
    logins * login +
    (logins + failures) * (readsOfLogin * loginRead + attempt + sealedEvent) +
    refreshes * rotations(1) +
    (refreshes + reads) * sessions(1)
  )
}

/**
 * The deployment that serves the busiest hour at the assumed use of its cores, if `failedShare` of the passwords are
 * wrong. It has two nodes at least.
 */
export function sizeFor(accounts: number, failedShare?: number): Size {
  const rates = peakRates(accounts, failedShare)
  const cores = hashLoad(rates) / assumed('hashUse')
  const hashCores = cores > smallNode * 4 ? largeNode : smallNode
  return {
    accounts,
    hashCores,
    nodes: Math.max(2, Math.ceil(cores / hashCores)),
    databaseCores: Math.max(2, 2 * Math.ceil(databaseLoad(rates) / assumed('databaseUse') / 2))
  }
}

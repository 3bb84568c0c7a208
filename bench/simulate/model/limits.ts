import { assumed } from './assumptions.ts'
import { peakRates } from './demand.ts'
import { writes } from './disk.ts'
import { databaseSeconds, loopSeconds, readsOfLogin } from './service-times.ts'
import { databaseLoad, poolSize, sizeFor } from './size.ts'

/** A limit, and the number of accounts whose busiest hour reaches it. */
export interface Limit {
  what: string
  bound: string
  accounts: number
}

/** Accounts from which the rates are computed; everything grows in proportion to them. */
const reference = 100_000_000
const coresOfPrimary = 64

/** What one primary bears, on paper, the nearest limit first. `failedShare` of the passwords are wrong. */
export function limits(failedShare: number): Limit[] {
  const rates = peakRates(reference, failedShare)
  const { walBytes, pagesWritten } = writes(rates, true)
  const flushes = 1000 / assumed('flushMs')
  // The attempt is a list, and so are the session or the event of the failure.
  const listsOfLogin = readsOfLogin + 2
  const lists = (rates.logins + rates.failures) * listsOfLogin + 2 * rates.refreshes + rates.reads
  const sealedMs = (databaseSeconds.sealedEvent + loopSeconds.sealedEvent) * 1e6
  const sealMs = sealedMs + assumed('flushMs') + 3 * assumed('roundTripMs')
  const reached = (need: number, most: number) => (reference * most) / need
  const found: Limit[] = [
    {
      what: 'Operations of a gp3 disk',
      bound: `${assumed('mostOperations').toLocaleString('en')} a second`,
      accounts: reached(assumed('diskReads') * lists + pagesWritten, assumed('mostOperations') - flushes)
    },
    {
      what: 'Bandwidth of that disk, for the log alone',
      bound: `${assumed('diskMegabytes').toLocaleString('en')} MB/s`,
      accounts: reached(walBytes, assumed('diskMegabytes') * 1e6)
    },
    {
      what: 'Connections to PostgreSQL without a pooler',
      bound: assumed('mostConnections').toLocaleString('en'),
      accounts: reached(sizeFor(reference, failedShare).nodes * poolSize, assumed('mostConnections'))
    },
    {
      what: `Cores of a primary with ${coresOfPrimary}, half in use`,
      bound: `${coresOfPrimary * assumed('databaseUse')} cores`,
      accounts: reached(databaseLoad(rates), coresOfPrimary * assumed('databaseUse'))
    },
    {
      what: 'Seals, which one node makes',
      bound: `1,000 events each ${sealMs.toFixed(0)} ms`,
      accounts: reached(rates.logins + rates.failures, 1e6 / sealMs)
    }
  ]
  return found.sort((a, b) => a.accounts - b.accounts)
}

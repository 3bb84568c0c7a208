import { peakRates } from '../model/demand.ts'
import { type Size, sizeFor } from '../model/size.ts'
import { simulateWindow, type Window } from './window.ts'

/** The busiest hour of a deployment with nodes in proportion to its accounts, and one primary. */
export interface Growth extends Window {
  size: Size
}

/**
 * Simulates the busiest hour at growing numbers of accounts. The nodes grow with them; the primary always has
 * `databaseCores`. `failedShare` of the passwords are wrong.
 */
export const simulateGrowth = (
  accounts: number[],
  { databaseCores, failedShare, seconds }: { databaseCores: number; failedShare: number; seconds: number }
): Growth[] =>
  accounts.map(count => {
    const size = { ...sizeFor(count, failedShare), databaseCores }
    const rates = peakRates(count, failedShare)
    return { size, ...simulateWindow({ size, rates, seconds, warmUp: seconds / 3 }) }
  })

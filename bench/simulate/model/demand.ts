import { assumed } from './assumptions.ts'

/** Requests a second. */
export interface Rates {
  /** Logins with the right password. */
  logins: number
  /** Logins with a wrong one. */
  failures: number
  refreshes: number
  /** Requests such as `GET /users/me`. */
  reads: number
}

const secondsOfDay = 86_400

/** The mean rates of a day. `failedShare` of the password checks fail. */
export function meanRates(accounts: number, failedShare = assumed('failedShare')): Rates {
  const active = (accounts * assumed('activeShare')) / secondsOfDay
  const logins = active * assumed('loginsPerActive')
  const refreshes = (active * assumed('activeHours') * 60) / assumed('tokenMinutes')
  return {
    logins,
    failures: (logins * failedShare) / (1 - failedShare),
    refreshes,
    reads: refreshes * assumed('readsPerRefresh')
  }
}

/** All rates, multiplied. */
export const times = ({ logins, failures, refreshes, reads }: Rates, factor: number): Rates => ({
  logins: logins * factor,
  failures: failures * factor,
  refreshes: refreshes * factor,
  reads: reads * factor
})

/** The load at an hour of the day, divided by the mean of the day: a cosine with its peak at 20:00. */
export const dayCurve = (hour: number) => 1 + (assumed('peakToMean') - 1) * Math.cos(((hour - 20) / 12) * Math.PI)

/** The rates of the busiest hour. */
export const peakRates = (accounts: number, failedShare?: number) =>
  times(meanRates(accounts, failedShare), assumed('peakToMean'))

/** Accounts in use at the same time in the busiest hour. */
export const concurrent = (accounts: number) =>
  accounts * assumed('activeShare') * (assumed('activeHours') / 24) * assumed('peakToMean')

import { assumed } from './model/assumptions.ts'
import { concurrent, peakRates, times } from './model/demand.ts'
import { type Size, sizeFor } from './model/size.ts'
import { simulateDay } from './scenarios/day.ts'
import { simulateGrowth } from './scenarios/growth.ts'
import { type Patience, simulateHerd, simulateRefreshHerd } from './scenarios/herd.ts'
import { simulateLoads } from './scenarios/load.ts'

export type Results = ReturnType<typeof simulate>

const [million, large] = [1_000_000, 100_000_000]
const [common, attacked] = [assumed('failedShare'), assumed('attackedShare')]

/** One node of a deployment, with its share of the load: its nodes are alike. */
const oneOf = (size: Size) => ({ size: { ...size, nodes: 1 }, rates: times(peakRates(size.accounts), 1 / size.nodes) })

function herd(size: Size, patience: Patience, effort: number) {
  const clients = Math.round((concurrent(size.accounts) / size.nodes) * effort)
  return simulateHerd({ ...oneOf(size), clients, patience, seconds: 7200 })
}

/**
 * Runs every simulation. The result is the same each time. `progress` is called with the name of each part. An `effort`
 * below 1 simulates less time and fewer clients, to try everything.
 */
export function simulate(progress: (part: string) => void, effort = 1) {
  const part = <T>(name: string, run: () => T): T => {
    progress(name)
    return run()
  }
  const sizes = { small: sizeFor(million), large: sizeFor(large) }
  const loads = [0.5, 0.7, 0.8, 0.9, 0.95, 1, 1.05]
  const growth = (accounts: number[], failedShare: number) =>
    simulateGrowth(
      accounts.map(count => count * large),
      { databaseCores: 64, failedShare, seconds: 3 * effort }
    )
  return {
    sizes,
    day: part('a day', () => ({
      small: simulateDay(sizes.small, 200 * effort),
      large: simulateDay(sizes.large, 5 * effort)
    })),
    loads: part('load', () => ({
      small: simulateLoads(sizes.small, loads, 400 * effort),
      large: simulateLoads(sizes.large, loads, 12 * effort)
    })),
    growth: part('growth', () => ({
      common: growth([1, 2, 4, 6, 8, 10], common),
      attacked: growth([0.5, 1, 1.5, 2, 3], attacked)
    })),
    herd: part('a herd', () => ({
      constant: herd(sizes.small, 'constant', effort),
      doubling: herd(sizes.small, 'doubling', effort),
      moreCores: herd({ ...sizes.small, hashCores: 2 * sizes.small.hashCores }, 'doubling', effort)
    })),
    refreshesPerSecond: part('a herd of refreshes', () => simulateRefreshHerd(sizes.large, 40_000 * effort))
  }
}

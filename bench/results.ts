import type { FigureResult } from './figures/figure.ts'
import type { Machine } from './machine.ts'

/** The content of `results.json`. */
export interface Results {
  date: string
  machine: Machine
  rounds: number
  seconds: number
  /** The numbers of a smoke run are not meaningful. */
  isSmoke: boolean
  figures: FigureResult[]
  /** The entrants that were left out, and why. */
  skipped: { name: string; reason: string }[]
}

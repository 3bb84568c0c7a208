import type { FigureResult } from './figures/figure.ts'
import type { Machine } from './machine.ts'

/** What `results.json` and `docs/performance.json` hold. */
export interface Results {
  date: string
  machine: Machine
  rounds: number
  seconds: number
  /** A smoke run measures nothing that could be believed. */
  isSmoke: boolean
  figures: FigureResult[]
  /** Who was left out, and why. */
  skipped: { name: string; reason: string }[]
}

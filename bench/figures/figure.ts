import type { Entrant } from '../entrants/entrant.ts'
import { type Spread, spread } from '../stats.ts'
import type { Point } from './scale-table.ts'

/** The required value of a figure, and the desired value. */
export interface Goal {
  must: number
  aim: number
  better: 'more' | 'less'
}

/** One row of a figure. */
export interface Line extends Spread {
  /** Unique within the figure. */
  key: string
  what: string
  unit: string
  goal?: Goal
}

export interface FigureResult {
  name: string
  title: string
  lines: Line[]
  /** Tables of points, below the lines. */
  grids?: { title: string; points: Point[] }[]
  /** Plain tables, below the lines; the first row has the heads. */
  tables?: { title: string; rows: string[][] }[]
  /** Notes that are needed to read the lines. */
  notes: string[]
  /** Why the figure could not be measured, if so. */
  skipped?: string
}

/** The tools and parameters of a figure. */
export interface Bench {
  rounds: number
  /** Duration of one measurement. */
  seconds: number
  isSmoke: boolean
  /** The peers that can be started. */
  peers: Entrant[]
  /** Whether to measure only what the goals of a figure compare. */
  isBrief: boolean
  /** The folder of another clone, built, to compare with. */
  against?: string | undefined
  /** A new and empty folder. */
  folder(): string
  progress(text: string): void
}

export interface Figure {
  name: string
  title: string
  /** Whether it measures the peers too, which then have to be prepared. */
  comparesPeers?: boolean
  measure(bench: Bench): Promise<Pick<FigureResult, 'lines' | 'grids' | 'tables' | 'notes' | 'skipped'>>
}

export const line = (key: string, what: string, unit: string, values: number[], goal?: Goal): Line => {
  return { key, what, unit, ...spread(values), ...(goal ? { goal } : {}) }
}

/** A goal with a minimum or a maximum. */
export const atLeast = (must: number, aim: number): Goal => ({ must, aim, better: 'more' })
export const atMost = (must: number, aim: number): Goal => ({ must, aim, better: 'less' })

/** Whether the median reaches the goal. */
export const reaches = ({ median, goal }: Line, bar: 'must' | 'aim') =>
  goal === undefined || (goal.better === 'more' ? median >= goal[bar] : median <= goal[bar])

import type { Entrant } from '../entrants/entrant.ts'
import type { TokenServer } from '../entrants/token-server.ts'
import { shown } from '../numbers.ts'
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
  /** Why the figure must not be published, if so. */
  refused?: string
}

/** The tools and parameters of a figure. */
export interface Bench {
  rounds: number
  /** Duration of one measurement. */
  seconds: number
  isSmoke: boolean
  /** The peers with accounts that can be started. */
  peers: Entrant[]
  /** The peers that issue tokens by OAuth 2.0 and can be started. */
  tokenServers: TokenServer[]
  /** Whether to measure more than the goals of a figure compare. */
  isWide: boolean
  /** Another commit of Sallyport to compare with. */
  against?: Entrant | undefined
  /** A new and empty folder. */
  folder(): string
  progress(text: string): void
}

export interface Figure {
  name: string
  title: string
  /** The peers that it measures, which have to be prepared. */
  compares?: ('peers' | 'tokenServers')[]
  measure(bench: Bench): Promise<Pick<FigureResult, 'lines' | 'grids' | 'tables' | 'notes' | 'skipped'>>
}

export const line = (key: string, what: string, unit: string, values: number[], goal?: Goal): Line => {
  return { key, what, unit, ...spread(values), ...(goal ? { goal } : {}) }
}

/** A goal with a minimum or a maximum. */
export const atLeast = (must: number, aim: number): Goal => ({ must, aim, better: 'more' })
export const atMost = (must: number, aim: number): Goal => ({ must, aim, better: 'less' })

/**
 * Whether it is a ratio with a goal: these hardly depend on the machine, so they are followed from commit to commit.
 */
export const isFollowed = ({ unit, goal }: Line) => unit === '×' && goal !== undefined

/** The bound of a goal, such as `≥ 0.75`. */
export const bound = (goal: Goal, bar: 'must' | 'aim') => `${goal.better === 'more' ? '≥' : '≤'} ${shown(goal[bar])}`

/** Whether the median reaches the goal. */
export const reaches = ({ median, goal }: Line, bar: 'must' | 'aim') =>
  goal === undefined || (goal.better === 'more' ? median >= goal[bar] : median <= goal[bar])

import type { Entrant } from '../entrants/entrant.ts'
import type { TokenServer } from '../entrants/token-server.ts'
import { type Spread, shown, spread } from '../stats.ts'

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
  /** Notes that are needed to read the lines. */
  notes: string[]
  /** When and where it was measured, once it is published. */
  run?: string
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
  /** The peers that issue tokens by OAuth 2.0. */
  tokenServers: TokenServer[]
  /** Other commits of Sallyport to compare with. */
  against: Entrant[]
  /** A new and empty folder. */
  folder(): string
  progress(text: string): void
}

export interface Figure {
  name: string
  title: string
  measure(bench: Bench): Promise<Pick<FigureResult, 'lines' | 'notes' | 'skipped'>>
}

export const line = (key: string, what: string, unit: string, values: number[], goal?: Goal): Line => {
  return { key, what, unit, ...spread(values), ...(goal ? { goal } : {}) }
}

/** The line of a figure that measures the same several times. */
export const labelled = (line: Line, label: string): Line => {
  return { ...line, key: `${label}-${line.key}`, what: `${label}: ${line.what}` }
}

/** A goal with a minimum or a maximum. */
export const atLeast = (must: number, aim: number): Goal => ({ must, aim, better: 'more' })
export const atMost = (must: number, aim: number): Goal => ({ must, aim, better: 'less' })

/** Whether it is a ratio with a goal: these hardly depend on the machine. */
export const isFollowed = ({ unit, goal }: Line) => unit === '×' && goal !== undefined

/** The bound of a goal, such as `≥0.75`. */
export const bound = (goal: Goal, bar: 'must' | 'aim') => `${goal.better === 'more' ? '≥' : '≤'}${shown(goal[bar])}`

/** Whether the median reaches the goal. */
export const reaches = ({ median, goal }: Line, bar: 'must' | 'aim') =>
  goal === undefined || (goal.better === 'more' ? median >= goal[bar] : median <= goal[bar])

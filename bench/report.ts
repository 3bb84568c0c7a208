import { bound, type FigureResult, type Line, reaches } from './figures/figure.ts'
import type { Machine } from './machine.ts'
import { shown } from './stats.ts'

/** The content of `results.json`. */
export interface Results {
  date: string
  machine: Machine
  rounds: number
  seconds: number
  /** The numbers of a smoke run are not meaningful. */
  isSmoke: boolean
  figures: FigureResult[]
  /** The peers that were left out, and why. */
  skipped: { name: string; reason: string }[]
}

const heads = ['', 'median (range)', 'must', 'aim', '']

/** The median with its unit. */
export const withUnit = ({ median, unit }: Line) => (unit === '×' ? shown(median) : `${shown(median)} ${unit}`)

/** The cells of a row, of which the last says what the median reaches. */
export function cells(line: Line): string[] {
  const { what, min, max, goal } = line
  const bars = (['must', 'aim'] as const).map(bar => (goal ? bound(goal, bar) : ''))
  const reached = reaches(line, 'aim') ? 'aim' : reaches(line, 'must') ? 'must' : 'missed'
  return [what, `${withUnit(line)} (${shown(min)}–${shown(max)})`, ...bars, goal ? reached : '']
}

/** When, where and from which commit the results are. */
export const machineLine = ({ machine, date, rounds, seconds }: Omit<Results, 'figures'>) =>
  `${date.slice(0, 10)}, ${machine.cores} cores (${machine.model}), ${machine.memoryGigabytes} GB, ${machine.system}, ` +
  `Node ${machine.node}, commit ${machine.commit || 'unknown'}; ${rounds} rounds, ${seconds} s each`

/** The results as text for a terminal. */
export function renderText(results: Results): string {
  const blocks = results.figures.map(({ name, title, lines, notes, skipped, refused }) => {
    const body = skipped
      ? [`  left out: ${skipped}`]
      : [...aligned([heads, ...lines.map(cells)]), '', ...notes.map(note => `  ${note}`)]
    const warning = refused ? ['', `  Not fit to publish: ${refused}.`] : []
    return [`${name}: ${title}`, ...body, ...warning].join('\n')
  })
  const warning = results.isSmoke ? ['A smoke run: its numbers mean nothing.'] : []
  const leftOut = results.skipped.map(({ name, reason }) => `${name} was left out: ${reason}`)
  return [machineLine(results), ...warning, ...blocks, ...leftOut].join('\n\n')
}

/** The rows with columns of equal width. */
function aligned(rows: string[][]): string[] {
  const widths = heads.map((_, i) => Math.max(...rows.map(row => (row[i] ?? '').length)))
  return rows.map(row => `  ${row.map((cell, i) => pad(cell, widths[i] ?? 0, i)).join('  ')}`.trimEnd())
}

const pad = (cell: string, width: number, column: number) => (column === 0 ? cell.padEnd(width) : cell.padStart(width))

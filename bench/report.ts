import { bound, type FigureResult, type Line, reaches } from './figures/figure.ts'
import { pointTable } from './figures/scale-table.ts'
import { shown } from './numbers.ts'
import type { Results } from './results.ts'

const heads = ['', 'median', 'min – max', 'must', 'aim', '']

const verdict = (line: Line) => {
  if (line.goal === undefined) return ''
  return reaches(line, 'aim') ? 'aim' : reaches(line, 'must') ? 'must' : 'missed'
}

function cells(line: Line): string[] {
  const { what, unit, median, min, max, goal } = line
  const withUnit = unit === '×' ? shown(median) : `${shown(median)} ${unit}`
  return [
    what,
    withUnit,
    `${shown(min)} – ${shown(max)}`,
    ...(['must', 'aim'] as const).map(bar => (goal ? bound(goal, bar) : '')),
    verdict(line)
  ]
}

/** When, where and from which commit the results are. */
export const machineLine = ({ machine, date, rounds, seconds }: Results) =>
  `${date.slice(0, 10)}, ${machine.cores} cores (${machine.model}), ${machine.memoryGigabytes} GB, ${machine.system}, ` +
  `Node ${machine.node}, commit ${machine.commit || 'unknown'}; ${rounds} rounds, ${seconds} s each`

const skippedLines = ({ skipped }: Results) => skipped.map(({ name, reason }) => `${name} was left out: ${reason}`)

/** The tables of a figure below its lines. */
const tablesOf = ({ grids = [], tables = [] }: FigureResult) => [
  ...grids.map(({ title, points }) => ({ title, rows: pointTable(points) })),
  ...tables
]

/** The results as text for a terminal. */
export function renderText(results: Results): string {
  const blocks = results.figures.map(figure => {
    const { name, title, lines, notes, skipped, refused } = figure
    const tables = tablesOf(figure).flatMap(({ title, rows }) => ['', `  ${title}`, ...aligned(rows)])
    const body = skipped
      ? [`  left out: ${skipped}`]
      : [...aligned([heads, ...lines.map(cells)]), ...tables, '', ...notes.map(note => `  ${note}`)]
    const warning = refused ? ['', `  Not fit to publish: ${refused}.`] : []
    return [`${name}: ${title}`, ...body, ...warning].join('\n')
  })
  const warning = results.isSmoke ? ['A smoke run: its numbers mean nothing.'] : []
  return [machineLine(results), ...warning, ...blocks, ...skippedLines(results), ...refusedLines(results)].join('\n\n')
}

function refusedLines({ figures }: Results): string[] {
  const names = figures.flatMap(({ name, refused }) => (refused ? [name] : []))
  if (names.length === 0) return []
  return [`Not fit to publish, for the reasons above: ${names.join(', ')}. Their last published values stay.`]
}

/** The rows with columns of equal width. */
function aligned(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map(row => (row[i] ?? '').length)))
  return rows.map(row => `  ${row.map((cell, i) => pad(cell, widths[i] ?? 0, i)).join('  ')}`.trimEnd())
}

const pad = (cell: string, width: number, column: number) => (column === 0 ? cell.padEnd(width) : cell.padStart(width))

/** The results as Markdown for the page. */
export function renderMarkdown(results: Results): string {
  const chapters = results.figures.map(figure => {
    const { title, lines, notes, skipped } = figure
    const blocks = skipped
      ? [`Not measured: ${skipped}.`]
      : [
          table([['Figure', ...heads.slice(1, -1), 'reached'], ...lines.map(cells)]),
          ...tablesOf(figure).flatMap(({ title, rows }) => [`${title}:`, table(rows)]),
          notes.map(note => `- ${note}`).join('\n')
        ]
    return [`### ${title}`, ...blocks.filter(Boolean)].join('\n\n')
  })
  return [
    `${machineLine(results)}.`,
    ...skippedLines(results),
    '![Sallyport and its peers, by median and spread](performance.svg)',
    ...chapters
  ].join('\n\n')
}

const table = ([head = [], ...rows]: string[][]) =>
  [head, head.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`).join('\n')

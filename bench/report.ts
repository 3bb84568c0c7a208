import { type Line, reaches } from './figures/figure.ts'
import type { Results } from './results.ts'

const heads = ['', 'median', 'min – max', 'must', 'aim', '']

/** A number with three significant digits, or with all digits before the point. */
export const shown = (value: number) =>
  value.toLocaleString('en', value >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 })

const verdict = (line: Line) => {
  if (line.goal === undefined) return ''
  return reaches(line, 'aim') ? 'aim' : reaches(line, 'must') ? 'must' : 'missed'
}

function cells(line: Line): string[] {
  const { what, unit, median, min, max, goal } = line
  const bound = (value: number | undefined) =>
    goal === undefined || value === undefined ? '' : `${goal.better === 'more' ? '≥' : '≤'} ${shown(value)}`
  const withUnit = unit === '×' ? shown(median) : `${shown(median)} ${unit}`
  return [what, withUnit, `${shown(min)} – ${shown(max)}`, bound(goal?.must), bound(goal?.aim), verdict(line)]
}

const machineLine = ({ machine, date, rounds, seconds }: Results) =>
  `${date.slice(0, 10)}, ${machine.cores} cores (${machine.model}), ${machine.memoryGigabytes} GB, ${machine.system}, ` +
  `Node ${machine.node}, commit ${machine.commit || 'unknown'}; ${rounds} rounds, ${seconds} s each`

const skippedLines = ({ skipped }: Results) => skipped.map(({ name, reason }) => `${name} was left out: ${reason}`)

/** The results as text for a terminal. */
export function renderText(results: Results): string {
  const blocks = results.figures.map(({ name, title, lines, notes, skipped }) => {
    const rows = [heads, ...lines.map(cells)]
    const widths = heads.map((_, i) => Math.max(...rows.map(row => (row[i] ?? '').length)))
    const table = rows.map(row => `  ${row.map((cell, i) => pad(cell, widths[i] ?? 0, i)).join('  ')}`.trimEnd())
    const body = skipped ? [`  left out: ${skipped}`] : [...table, ...notes.map(note => `  ${note}`)]
    return [`${name}: ${title}`, ...body].join('\n')
  })
  const warning = results.isSmoke ? ['A smoke run: its numbers mean nothing.'] : []
  return [machineLine(results), ...warning, ...blocks, ...skippedLines(results)].join('\n\n')
}

const pad = (cell: string, width: number, column: number) => (column === 0 ? cell.padEnd(width) : cell.padStart(width))

/** The results as Markdown for the page. */
export function renderMarkdown(results: Results): string {
  const table = (rows: string[][]) => rows.map(row => `| ${row.join(' | ')} |`).join('\n')
  const chapters = results.figures.map(({ title, lines, notes, skipped }) => {
    const rows = [['Figure', ...heads.slice(1, -1), 'reached'], heads.map(() => '---'), ...lines.map(cells)]
    const body = skipped ? `Not measured: ${skipped}.` : [table(rows), ...notes.map(note => `- ${note}`)].join('\n')
    return `### ${title}\n\n${body.replace(/\|\n- /, '|\n\n- ')}`
  })
  return [
    `${machineLine(results)}.`,
    ...skippedLines(results),
    '![Sallyport and its peers, by median and spread](performance.svg)',
    ...chapters
  ].join('\n\n')
}

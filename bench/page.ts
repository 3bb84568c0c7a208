import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatted } from '../scripts/formatted.ts'
import { rootFolder } from './entrants/packages.ts'
import type { FigureResult, Line } from './figures/figure.ts'
import { cells, machineLine, type Results, withUnit } from './report.ts'

const marks = { before: '<!-- results -->', after: '<!-- /results -->' }

/**
 * The published figures with those of a fresh run, each with the run that it is from. A figure that was not measured,
 * or was refused, keeps its last published values.
 */
export function merged(before: FigureResult[], fresh: Results): FigureResult[] {
  const run = machineLine(fresh)
  const newer = fresh.figures.filter(({ refused }) => refused === undefined).map(figure => ({ ...figure, run }))
  const figures = new Map([...before, ...newer].map(figure => [figure.name, figure]))
  return [...figures.values()]
}

/** The page with these figures between its marks. Throws when it has no marks. */
export function renderPage(page: string, figures: FigureResult[]): string {
  const [start, end] = [page.indexOf(marks.before), page.indexOf(marks.after)]
  if (start < 0 || end < start) throw new Error(`The page lacks the marks ${marks.before} and ${marks.after}.`)
  const runs = [...new Set(figures.map(({ run = 'unknown' }) => run))]
  const chapters = figures.map(figure => renderFigure(figure, runs.indexOf(figure.run ?? 'unknown') + 1))
  const list = runs.map((run, at) => wrapped(`Run ${at + 1}: ${run}.`)).join('\n\n')
  return `${page.slice(0, start + marks.before.length)}\n\n${[list, ...chapters].join('\n\n')}\n\n${page.slice(end)}`
}

/** A list of the lines with a goal, and the medians of what was measured. The other notes are in the JSON only. */
function renderFigure({ title, lines, notes, skipped }: FigureResult, run: number): string {
  if (skipped) return `### ${title}\n\nNot measured: ${skipped}.`
  const goals = lines.filter(({ goal }) => goal).map(line => wrapped(item(line)).replaceAll('\n', '\n  '))
  const others = lines.filter(({ goal, unit }) => !goal && unit !== '×').map(line => `${line.what} ${withUnit(line)}`)
  const medians = others.length > 0 ? [`Medians: ${others.join('; ')}.`] : []
  const noted = notes.filter(note => note.startsWith('Medians'))
  return [`### ${title}`, goals.join('\n'), wrapped([`Run ${run}.`, ...medians, ...noted].join(' '))].join('\n\n')
}

/** The median and the range of a line, and whether it reaches its goal. */
function item(line: Line): string {
  const [what, value, must, , reached] = cells(line)
  return `- ${what}: ${value}, ${reached === 'missed' ? 'missed' : 'reached'} ${must}`
}

const wrapped = (text: string) => text.replace(/(.{1,118})( |$)/g, '$1\n').trimEnd()

/** Updates docs/evidence/performance.json and .md. */
export function writeDocs(fresh: Results) {
  const [data, page] = ['docs/evidence/performance.json', 'docs/evidence/performance.md']
  const read = (path: string) => readFileSync(join(rootFolder, path), 'utf8')
  const write = (path: string, text: string) => writeFileSync(join(rootFolder, path), formatted(path, text))
  const figures = merged(JSON.parse(read(data)), fresh)
  write(data, JSON.stringify(figures))
  write(page, renderPage(read(page), figures))
}

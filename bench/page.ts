import type { FigureResult } from './figures/figure.ts'
import { machineLine, renderMarkdown } from './report.ts'
import type { Results } from './results.ts'

const marks = { before: '<!-- results -->', after: '<!-- /results -->' }

/** The page with these results between its marks. Throws when it has no marks. */
export function renderPage(page: string, results: Results): string {
  const [start, end] = [page.indexOf(marks.before), page.indexOf(marks.after)]
  if (start < 0 || end < start) throw new Error(`The page lacks the marks ${marks.before} and ${marks.after}.`)
  const head = page.slice(0, start + marks.before.length)
  return `${head}\n\n${renderMarkdown(results)}\n\n${page.slice(end)}`
}

/**
 * The published results with those of a fresh run. Figures that the run refused keep their last published values. The
 * larger part is headed by its run; each other figure says when and from which commit it is.
 */
export function merged(before: Results, fresh: Results): Results {
  const newer = fresh.figures.filter(({ refused }) => refused === undefined)
  const names = new Set(newer.map(({ name }) => name))
  const older = before.figures.filter(({ name }) => !names.has(name))
  const [head, most, rest] =
    newer.length < older.length ? [before, older, marked(newer, fresh)] : [fresh, newer, marked(older, before)]
  const figures = new Map([...most, ...rest].map(figure => [figure.name, figure]))
  const order = new Set([...head.figures, ...rest].map(({ name }) => name))
  return { ...head, figures: [...order].flatMap(name => figures.get(name) ?? []) }
}

const mark = 'Measured on its own'

/** The figures with a note of the run that they are from, unless they have one. */
const marked = (figures: FigureResult[], run: Results) =>
  figures.map(figure => {
    const isMarked = figure.notes.some(note => note.startsWith(mark))
    return isMarked ? figure : { ...figure, notes: [...figure.notes, `${mark}: ${machineLine(run)}.`] }
  })

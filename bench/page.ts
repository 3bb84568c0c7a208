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
 * The results of a run beside those of earlier runs. A run of every known figure replaces them; a run of some figures
 * replaces only those, which then say when and from which commit they are.
 */
export function merged(before: Results, fresh: Results): Results {
  const measured = new Set(fresh.figures.map(({ name }) => name))
  if (before.figures.every(({ name }) => measured.has(name))) return fresh
  const note = `Measured on its own: ${machineLine(fresh)}.`
  const alone = fresh.figures.map(figure => ({ ...figure, notes: [...figure.notes, note] }))
  const figures = new Map([...before.figures, ...alone].map(figure => [figure.name, figure]))
  return { ...before, figures: [...figures.values()] }
}

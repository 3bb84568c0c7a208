import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderChart } from './chart.ts'
import { rootFolder } from './entrants/packages.ts'
import type { FigureResult } from './figures/figure.ts'
import { renderMarkdown } from './report.ts'
import type { Results } from './results.ts'

const marks = { before: '<!-- results -->', after: '<!-- /results -->' }
const docs = (name: string) => join(rootFolder, 'docs', name)

/** Formatted as `npm run format` leaves it. */
const formatted = (path: string, text: string) =>
  execFileSync(join(rootFolder, 'node_modules/.bin/biome'), ['format', `--stdin-file-path=${path}`], {
    cwd: rootFolder,
    input: text,
    encoding: 'utf8'
  })

/** The page with these results between its marks. Throws when it has no marks. */
export function renderPage(page: string, results: Results): string {
  const [start, end] = [page.indexOf(marks.before), page.indexOf(marks.after)]
  if (start < 0 || end < start) throw new Error(`The page lacks the marks ${marks.before} and ${marks.after}.`)
  const head = page.slice(0, start + marks.before.length)
  return formatted('docs/performance.md', `${head}\n\n${renderMarkdown(results)}\n\n${page.slice(end)}`)
}

/** The figures of `fresh`, and those of `before` that `fresh` lacks. */
function merged(before: FigureResult[], fresh: FigureResult[]): FigureResult[] {
  const figures = new Map([...before, ...fresh].map(figure => [figure.name, figure]))
  return [...figures.values()]
}

/** Updates `docs/performance.json`, `.svg` and `.md`. Figures that were not measured this time stay unchanged. */
export function writeDocs(fresh: Results) {
  const before = existsSync(docs('performance.json'))
    ? (JSON.parse(readFileSync(docs('performance.json'), 'utf8')) as Results)
    : fresh
  const results = { ...fresh, figures: merged(before.figures, fresh.figures) }
  writeFileSync(docs('performance.json'), formatted('docs/performance.json', JSON.stringify(results, null, 2)))
  writeFileSync(docs('performance.svg'), renderChart(results))
  writeFileSync(docs('performance.md'), renderPage(readFileSync(docs('performance.md'), 'utf8'), results))
}

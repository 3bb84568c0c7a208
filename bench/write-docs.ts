import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatted } from '../scripts/formatted.ts'
import { renderChart } from './chart.ts'
import { rootFolder } from './entrants/packages.ts'
import type { Published } from './history.ts'
import { withEntry } from './history.ts'
import { renderHistory } from './history-chart.ts'
import { merged, renderPage } from './page.ts'
import type { Results } from './results.ts'

const docs = (name: string) => join(rootFolder, 'docs', name)

/**
 * Updates `docs/performance.json`, `.md` and the charts. Figures that were not measured this time, or were refused,
 * stay unchanged.
 */
export function writeDocs(fresh: Results) {
  const before: Published = JSON.parse(readFileSync(docs('performance.json'), 'utf8'))
  const figures = fresh.figures.filter(({ refused }) => refused === undefined)
  const history = withEntry(before.history, { ...fresh, figures })
  const results: Published = { ...merged(before, fresh), history }
  writeFileSync(docs('performance.json'), formatted('docs/performance.json', JSON.stringify(results, null, 2)))
  writeFileSync(docs('performance.svg'), renderChart(results))
  writeFileSync(docs('performance-history.svg'), renderHistory(results))
  const page = renderPage(readFileSync(docs('performance.md'), 'utf8'), results)
  writeFileSync(docs('performance.md'), formatted('docs/performance.md', page))
}

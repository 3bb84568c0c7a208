import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatted } from '../scripts/formatted.ts'
import { rootFolder } from './entrants/packages.ts'
import { merged, renderPage } from './page.ts'
import type { Results } from './results.ts'

const docs = (name: string) => join(rootFolder, 'docs', name)

/**
 * Updates `docs/performance.json`, `.md` and `.svg`, which `draw` draws. Figures that were not measured this time stay
 * unchanged.
 */
export function writeDocs(fresh: Results, draw: (results: Results) => string) {
  const before = existsSync(docs('performance.json'))
    ? (JSON.parse(readFileSync(docs('performance.json'), 'utf8')) as Results)
    : fresh
  const results = merged(before, fresh)
  writeFileSync(docs('performance.json'), formatted('docs/performance.json', JSON.stringify(results, null, 2)))
  writeFileSync(docs('performance.svg'), draw(results))
  const page = renderPage(readFileSync(docs('performance.md'), 'utf8'), results)
  writeFileSync(docs('performance.md'), formatted('docs/performance.md', page))
}

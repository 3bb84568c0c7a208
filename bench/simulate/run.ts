import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatted } from '../../scripts/formatted.ts'
import { charts } from './page/charts.ts'
import { parts } from './page/parts.ts'
import { renderPanels } from './page/render.ts'
import { replaceParts } from './page/replace.ts'
import { simulate } from './results.ts'

// `npm run simulate`: runs every simulation, and writes the figures of docs/scaling.md and its charts.

const docs = join(import.meta.dirname, '../../docs')
const path = join(docs, 'scaling.md')
const results = simulate(part => console.error(`simulating ${part}`))
const page = replaceParts(readFileSync(path, 'utf8'), parts(results))
writeFileSync(path, formatted('docs/scaling.md', page))
for (const [name, chart] of Object.entries(charts(results))) writeFileSync(join(docs, name), renderPanels(chart))

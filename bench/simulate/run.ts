import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { charts } from './page/charts.ts'
import { parts } from './page/parts.ts'
import { replaceParts } from './page/replace.ts'
import { simulate } from './results.ts'

// `npm run simulate`: runs every simulation, and writes the figures of docs/scaling.md and its charts.

const root = join(import.meta.dirname, '../..')
const docs = join(root, 'docs')
const path = join(docs, 'scaling.md')
const results = simulate(part => console.error(`simulating ${part}`))
writeFileSync(path, replaceParts(readFileSync(path, 'utf8'), parts(results)))
for (const [name, svg] of Object.entries(charts(results))) writeFileSync(join(docs, name), svg)
// Formatted as `npm run format` leaves it.
execFileSync(join(root, 'node_modules/.bin/biome'), ['format', '--write', path], { cwd: root, stdio: 'ignore' })

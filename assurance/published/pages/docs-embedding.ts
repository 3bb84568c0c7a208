import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PageRow } from '../../support/page.ts'

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8'))

/** A run from an empty folder, whose packages are installed already. */
const embedding = (how: string, standIns: Record<string, string>): PageRow => ({
  path: 'docs/embedding.md',
  how,
  before: 'rm package.json',
  standIns: {
    ...standIns,
    [`npm install fastify ./sallyport-${version}.tgz`]: ':',
    'npm install --save-dev typescript@~5.9 @types/node@20': ':'
  },
  // The server may log the request after it has answered.
  prints: [/"name": /, /\[{"id":1,"of":"alice"}\]/, /^({"level":.*\n)*$/, /^(#|ℹ) pass 1\n\1 fail 0$/m]
})

export const pages: PageRow[] = [
  embedding('with CommonJS', { 'node server.mjs': 'node server.cjs' }),
  embedding('with ES modules', { 'npm init -y': 'npm init -y && npm pkg set type=module' })
]

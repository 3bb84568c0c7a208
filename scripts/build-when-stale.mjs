import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// Builds the program and the console in `dist` if a source is newer, so that `npm start` and `npm test` do not build
// every time. Leaves out what only the package needs, which takes longer. In JavaScript, because loading a TypeScript
// runner would take longer too.

const stamp = join('dist', '.built')
const changed = path => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
// A folder changes when a file in it is added, renamed or deleted.
const inside = folder => readdirSync(folder, { recursive: true }).map(name => join(folder, name))
const sources = ['src', 'plugins', 'routes', 'packages/client/src', 'console'].flatMap(folder => [
  folder,
  ...inside(folder)
])
const scripts = ['scripts/bundle.mjs', 'scripts/licenses.mjs', 'scripts/renew.mjs']
const settings = ['package-lock.json', 'tsconfig.json']

const begun = new Date()
if (![...sources, ...scripts, ...settings].every(path => changed(path) < changed(stamp))) {
  if (changed('node_modules') === 0) {
    console.error('Run `npm ci` first.')
    process.exit(1)
  }
  // To standard error, because `npm run sbom` writes a document to standard output.
  if (changed(stamp) === 0 && process.versions.node.startsWith('20.'))
    console.error('On Node.js 20, npm ci warns EBADENGINE, and works: docs/choose.md says why.')
  console.error('Building the server and the console, which takes seconds.')
  await import('./bundle.mjs')
  await import('../console/build.mjs')
  writeFileSync(stamp, '')
  // The build may lack changes that were made while it ran.
  utimesSync(stamp, begun, begun)
}

import { spawnSync } from 'node:child_process'
import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// Builds `dist` if a source is newer, so that `npm start` and `npm test` do not compile every time. In JavaScript,
// because loading a TypeScript runner would take longer.

const stamp = join('dist', '.built')
const changed = path => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
// A folder changes when a file in it is added, renamed or deleted.
const inside = folder => readdirSync(folder, { recursive: true }).map(name => join(folder, name))
const sources = ['src', 'plugins', 'routes', 'console'].flatMap(folder => [folder, ...inside(folder)])
const scripts = ['scripts/bundle.mjs', 'scripts/licenses.mjs']
const settings = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json']

const begun = new Date()
if (![...sources, ...scripts, ...settings].every(path => changed(path) < changed(stamp))) {
  const { status } = spawnSync('npm', ['run', 'build', '--silent'], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
  writeFileSync(stamp, '')
  // The build may lack changes that were made while it ran.
  utimesSync(stamp, begun, begun)
}

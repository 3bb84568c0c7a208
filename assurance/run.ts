import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { installPackages } from '../scripts/tool.ts'

// `npm run assurance -- [PART…]`: runs the parts, or all, one after the other; README.md says what they prove. A part is
// a folder of tests, a script of package.json, or both.

const scripts: Record<string, string> = { browser: 'test:browser', fuzz: 'fuzz', soak: 'soak' }

const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter(entry => entry.isDirectory() && entry.name !== 'support')
  .map(({ name }) => name)
const parts = [...new Set([...folders, ...Object.keys(scripts)])].sort()

/** As some tests cut the power or release for minutes. */
const env = { TEST_LIMIT: '900000', ...process.env }
const run = (program: string, ...args: string[]) => spawnSync(program, args, { stdio: 'inherit', env }).status === 0

/** The paths of the tests of a part. */
function testsOf(part: string): string[] {
  if (!folders.includes(part)) return []
  const folder = join(relative('.', import.meta.dirname), part)
  return readdirSync(folder)
    .filter(name => name.endsWith('.test.ts'))
    .map(name => join(folder, name))
}

/** Installs what only the tests of packages and pages need, and builds the modules that these import by name. */
function prepare(): boolean {
  for (const folder of ['tools/static', 'tools/published']) installPackages(folder)
  return run('node', 'scripts/build-when-stale.mjs') && run('node', 'scripts/compile.mjs', '--noCheck')
}

/** Runs a part, and returns whether nothing failed. */
function passes(part: string): boolean {
  const [tests, script] = [testsOf(part), scripts[part]]
  const isReady = !['packages', 'published', 'release'].includes(part) || prepare()
  const areFine =
    isReady && (tests.length === 0 || run('npm', 'test', '--', '--comments', '--processes', '2', ...tests))
  return (script === undefined || run('npm', 'run', script)) && areFine
}

const chosen = process.argv.length > 2 ? process.argv.slice(2) : parts
const unknown = chosen.filter(part => !parts.includes(part))
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(', ')}. The parts are ${parts.join(', ')}.`)
  process.exit(1)
}
const results = chosen.map(part => {
  const begun = performance.now()
  console.log(`\n== ${part}`)
  const hasPassed = passes(part)
  return `${part.padEnd(10)} ${hasPassed ? 'passed' : 'FAILED'} in ${Math.round((performance.now() - begun) / 1000)} s`
})
console.log(['', ...results].join('\n'))
if (results.some(result => result.includes('FAILED'))) process.exitCode = 1

import { writeFileSync } from 'node:fs'

// scripts/mutants.ts loads this before the tests. The instrumented sources then note the mutants that each test file
// reaches.

const stryker: Record<string, unknown> = {}
Object.assign(globalThis, { __stryker__: stryker })
const to = process.env.MUTANT_COVERAGE

if (to) {
  process.on('message', file => {
    stryker.currentTestId = file
  })
  process.once('exit', () => writeFileSync(to, JSON.stringify(stryker.mutantCoverage ?? { perTest: {} })))
}

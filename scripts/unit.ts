import { fork } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { sqliteTemplate } from './sqlite-template.ts'
import { unitTests } from './test-files.ts'

// `npm run test:unit -- [FILE…]`: runs the unit tests from the sources, on SQLite only. Many files share a process,
// because loading the modules takes most of the time.

const begun = performance.now()
const files = process.argv.length > 2 ? process.argv.slice(2) : unitTests('test')
// One more than the number of cores, because tests also wait.
const processes = Math.min(availableParallelism() + 1, files.length)
const counts = { passed: 0, failed: 0 }
// For one file, making the template would take longer than it saves.
const template = process.argv.length > 2 ? {} : { TEST_SQLITE_TEMPLATE: await sqliteTemplate() }

/** Runs every `processes`th file from index `first` on, prints the failures, and resolves to the exit code. */
async function run(first: number): Promise<number> {
  const share = files.filter((_, at) => at % processes === first)
  // tap applies its timeout to the whole process.
  const env = { ...process.env, ...template, TEST_POSTGRES_URL: '', TAP_TIMEOUT: '600' }
  const child = fork(fileURLToPath(new URL('unit-worker.ts', import.meta.url)), [String(first), ...share], {
    env,
    execArgv: [...process.execArgv, '--import=@tapjs/mock/import'],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc']
  })
  const [output, [code]] = await Promise.all([text(child.stdout as Readable), once(child, 'exit')])

  const tests = output.split(/^(?=# Subtest: )/m)
  for (const test of tests.filter(test => /^not ok /m.test(test))) console.log(test.replace(/^ +(ok|1\.\.).*\n/gm, ''))
  const [, passed, failed] = /^# \{ total: \d+(?:, pass: (\d+))?(?:, fail: (\d+))?/m.exec(output) ?? []
  if (passed === undefined)
    console.log(`A process exited with code ${code} before its tests finished:\n${tests.at(-1)}`)
  counts.passed += Number(passed ?? 0)
  counts.failed += Number(failed ?? 0)
  return code ?? 1
}

const codes = await Promise.all(Array.from({ length: processes }, (_, first) => run(first)))
const seconds = ((performance.now() - begun) / 1000).toFixed(1)
console.log(`${files.length} files in ${seconds} s: ${counts.passed} passed, ${counts.failed} failed`)
process.exitCode = Math.max(...codes)

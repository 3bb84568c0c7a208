import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { cloneInto } from '../support/clone.ts'

t.test('A clone needs no build for the types and the unit tests', async t => {
  const cwd = t.testdir()
  cloneInto(cwd, ['assurance', 'bench', 'docs', 'drizzle.config.ts', 'test'])
  // Without the code that tap loads into every process that Node.js starts.
  const env = { ...process.env, NODE_OPTIONS: '' }
  const run = (...args: string[]) => promisify(execFile)('npm', ['run', '--silent', ...args], { cwd, env })

  await t.resolves(run('types'))
  const tests = ['test/console/explain.test.ts', 'test/auth/scopes.test.ts']
  t.match(await run('test:unit', ...tests), { stdout: /^[1-9]\d* tests passed, 0 failed, in 2 files/m })
  t.notOk(existsSync(join(cwd, 'dist')))
})

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'

// Shows that test/support/uncaught.mjs, which runs in all tests, fails a test.

t.test('an error that nothing catches fails the test that runs, and the next test begins', async t => {
  const main = fileURLToPath(new URL('support/uncaught-main.ts', import.meta.url))
  const ended = await promisify(execFile)(process.execPath, [...process.execArgv, main]).catch(error => error)
  t.equal(ended.code, 1)
  t.match(ended.stdout, /# Subtest: throws\n +not ok 1 - thrown in a timer/)
  t.match(ended.stdout, /# Subtest: rejects\n +not ok 1 - rejected/)
  t.match(ended.stdout, /\nok \d - listens/)
})

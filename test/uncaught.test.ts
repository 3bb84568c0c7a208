import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t from 'tap'

// Shows that scripts/test-worker.ts, which runs all tests, lets an uncaught error fail a test.

t.test('An error that nothing catches fails the test that runs, and the next test begins', async t => {
  const [worker, main] = ['../scripts/test-worker.ts', 'support/uncaught-main.ts'].map(file =>
    fileURLToPath(new URL(file, import.meta.url))
  )
  const child = fork(String(worker), { stdio: ['ignore', 'pipe', 'ignore', 'ipc'] })
  const files = [main]
  child.on('message', message => message === 'next' && child.send(files.shift() ?? ''))
  const [output, [code]] = await Promise.all([text(child.stdout as Readable), once(child, 'exit')])
  t.equal(code, 1)
  t.match(output, /# Subtest: throws\n +not ok 1 - thrown in a timer/)
  t.match(output, /# Subtest: rejects\n +not ok 1 - rejected/)
  t.match(output, /\nok \d - listens/)
})

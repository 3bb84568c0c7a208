import { test } from 'tap'
import { builtAlone } from '../support/built.ts'
import { startWaiting } from '../support/waiting.ts'

for (const workers of ['1', '2']) {
  test(`A server that waits for its database ends with 0 on SIGTERM, with WORKERS=${workers}`, async t => {
    const { child, exit } = await startWaiting(t, workers, builtAlone)
    child.kill('SIGTERM')
    t.strictSame(await exit, [0, null])
  })
}

import { spawnSync } from 'node:child_process'
import { test } from 'tap'
import { builtAlone } from '../../test/support/built.ts'
import { childrenOf } from '../../test/support/children.ts'
import { startWaiting } from '../../test/support/waiting.ts'

// In CI nothing is skipped: the tests run as root there.
const inNamespace = ['unshare', '--pid', '--fork', '--kill-child'] as const
const skip =
  !process.env.CI && spawnSync('unshare', [...inNamespace.slice(1), 'true']).status !== 0 && 'only root can be PID 1'

for (const workers of ['1', '2']) {
  const name = `PID 1, which ignores a signal without a handler, ends with 0 on SIGTERM, with WORKERS=${workers}`
  test(`${name}, while it waits for its database`, { skip }, async t => {
    const { child, exit } = await startWaiting(t, workers, [...inNamespace, ...builtAlone])
    const [first = 0] = childrenOf(child.pid as number)
    process.kill(first, 'SIGTERM')
    t.strictSame(await exit, [0, null])
  })
}

import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { type Test, test } from 'tap'
import { builtAlone, type Command } from '../support/built.ts'
import { childrenOf } from '../support/children.ts'
import { cliEnv } from '../support/cli.ts'
import { sources, startCli } from '../support/cli-process.ts'

/** A server that waits for a database that does not answer; `command` is the program. */
async function startWaiting(t: Test, workers: string, command: Command) {
  const database = createServer().listen(0, '127.0.0.1')
  t.teardown(() => database.close())
  await once(database, 'listening')
  const { port } = database.address() as AddressInfo
  const env = {
    ...cliEnv(t.testdir()),
    DATABASE_URL: `postgres://nobody@127.0.0.1:${port}/none`,
    SECRET: 's'.repeat(32),
    WORKERS: workers
  }
  const server = startCli(t, ['serve'], env, { command })
  const [connection] = await once(database, 'connection')
  t.teardown(() => connection.destroy())
  return server
}

// In CI nothing is skipped: the tests run as root there.
const inNamespace = ['unshare', '--pid', '--fork', '--kill-child'] as const
const skip =
  !process.env.CI && spawnSync('unshare', [...inNamespace.slice(1), 'true']).status !== 0 && 'only root can be PID 1'

for (const workers of ['1', '2']) {
  test(`a server that waits for its database ends with 0 on SIGTERM, with WORKERS=${workers}`, async t => {
    const { child, exit } = await startWaiting(t, workers, sources)
    child.kill('SIGTERM')
    t.strictSame(await exit, [0, null])
  })

  test(`so does PID 1, which ignores a signal without a handler, with WORKERS=${workers}`, { skip }, async t => {
    const { child, exit } = await startWaiting(t, workers, [...inNamespace, ...builtAlone])
    const [first = 0] = childrenOf(child.pid as number)
    process.kill(first, 'SIGTERM')
    t.strictSame(await exit, [0, null])
  })
}

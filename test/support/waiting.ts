import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { Test } from 'tap'
import type { Command } from './built.ts'
import { cliEnv } from './cli.ts'
import { startCli } from './cli-process.ts'

/** A server that waits for a database that does not answer; `command` is the program. */
export async function startWaiting(t: Test, workers: string, command: Command) {
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

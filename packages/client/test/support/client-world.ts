import type { Test } from 'tap'
import type { Config } from '../../../../src/config/config.ts'
import { createTestClock } from '../../../../src/testing/clock.ts'
import { createUser, password } from '../../../../test/support/app.ts'
import { startServer } from '../../../../test/support/server.ts'
import { type ClientOptions, createClient, type TokenStorage } from '../../src/index.ts'
import { createNetwork } from './network.ts'

/** A server with the account `alice`, and clients that share a storage, on a network with injected faults. */
export async function createClientWorld(t: Test, settings: Partial<Config> = {}) {
  // Both clocks stand still until a test moves them.
  const startedAt = Date.now()
  let aheadMs = 0
  // Not with `t.intercept`, which keeps a stack trace of each of many thousands of reads.
  const { now } = Date
  Date.now = () => startedAt + aheadMs
  t.teardown(() => {
    Date.now = now
  })
  const serverClock = createTestClock()
  const server = await startServer(t, settings, serverClock.now)
  await createUser(server.app)
  const network = createNetwork()
  const values = new Map<string, string>()
  let tellStored = () => {}
  const storage: TokenStorage = {
    get: key => values.get(key),
    set(key, value) {
      values.set(key, value)
      tellStored()
    },
    remove: key => values.delete(key),
    lockName: 'world'
  }
  const open = (options: Partial<ClientOptions> = {}) =>
    createClient({ url: server.url, fetch: network.fetch, storage, ...options })
  return {
    ...server,
    network,
    storage,
    /** The contents of the storage. */
    values,
    /** Resolves when the next login has been stored and its refresh has ended. */
    nextStored: () =>
      new Promise<void>(resolve => {
        tellStored = () => setImmediate(resolve)
      }),
    open,
    /** A client that has logged in. */
    async logIn(options: Partial<ClientOptions> = {}) {
      const client = open(options)
      await client.signIn({ username: 'alice', password })
      return client
    },
    /** Moves all clocks. */
    advance(seconds: number) {
      aheadMs += seconds * 1000
    },
    /** Moves only the server's clock. */
    advanceServer: serverClock.advance
  }
}

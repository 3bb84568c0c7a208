import pg from 'pg'
import type { Test } from 'tap'
import { childrenOf } from '../../test/support/children.ts'
import { createPostgres } from '../../test/support/embedded-postgres.ts'

/** How PostgreSQL is stopped: `fast` disconnects its clients in order, `immediate` drops everything like a crash. */
const stops = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const

/**
 * The test's own PostgreSQL, which can be stopped, frozen and starved; it is removed when the test ends. It is not
 * started yet, and takes 30 connections. `more` are settings, as `name=value`.
 */
export async function createPostgresServer(t: Test, ...more: string[]) {
  const server = await createPostgres({ connections: 30, more: ['superuser_reserved_connections=0', ...more] })
  const { url } = server
  t.teardown(() => server.stop())

  return {
    url,
    start: server.start,
    stop: (mode: keyof typeof stops) => server.stop(stops[mode]),

    /** A connection besides those of the server under test. */
    async connect() {
      const client = new pg.Client({ connectionString: url })
      client.on('error', () => {})
      await client.connect()
      return client
    },

    /** Freezes every process of PostgreSQL; returns a function that resumes them. */
    freeze() {
      const first = server.pid()
      signal(first, 'SIGSTOP')
      // The first process starts all others, so there are no more from here on.
      const pids = [first, ...childrenOf(first)]
      const thaw = () => {
        for (const pid of pids) signal(pid, 'SIGCONT')
      }
      t.teardown(thaw)
      for (const pid of pids) signal(pid, 'SIGSTOP')
      return thaw
    }
  }
}

/** Sends a signal to a process, unless it has ended. */
function signal(pid: number, name: NodeJS.Signals) {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

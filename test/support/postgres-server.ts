import pg from 'pg'
import type { Test } from 'tap'
import { createPostgres } from './embedded-postgres.ts'

/** How PostgreSQL is stopped: `fast` disconnects its clients in order, `immediate` drops everything like a crash. */
const stops = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const

/**
 * The test's own PostgreSQL, which can be stopped, frozen and starved; it is removed when the test ends. It is not
 * started yet, and takes 30 connections.
 */
export async function createPostgresServer(t: Test) {
  const server = await createPostgres({ connections: 30, more: ['superuser_reserved_connections=0'] })
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

    /** Freezes every process of PostgreSQL; resolves to a function that resumes them. */
    async freeze() {
      const client = await this.connect()
      const { rows } = await client.query<{ pid: number }>(
        'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()'
      )
      await client.end()
      const pids = [server.pid(), ...rows.map(({ pid }) => pid)]
      const signal = (name: NodeJS.Signals) => {
        for (const pid of pids) process.kill(pid, name)
      }
      const thaw = () => signal('SIGCONT')
      t.teardown(() => {
        try {
          thaw()
        } catch {
          // Resumed processes may have ended since.
        }
      })
      signal('SIGSTOP')
      return thaw
    }
  }
}

import pg from 'pg'
import type { Test } from 'tap'
import { createPostgres } from './embedded-postgres.ts'

/** How PostgreSQL is stopped: `fast` cuts its clients off in order, `immediate` drops everything as a crash does. */
const stops = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const

/**
 * A PostgreSQL of the test's own, to be stopped, frozen and starved; gone when the test ends. It is not started yet, and
 * takes 30 connections.
 */
export async function createPostgresServer(t: Test) {
  const server = await createPostgres({ connections: 30, more: ['superuser_reserved_connections=0'] })
  const { url } = server
  t.teardown(() => server.stop())

  return {
    url,
    start: server.start,
    stop: (mode: keyof typeof stops) => server.stop(stops[mode]),

    /** A connection past the one that the server under test has. */
    async connect() {
      const client = new pg.Client({ connectionString: url })
      client.on('error', () => {})
      await client.connect()
      return client
    },

    /** Stops every process of PostgreSQL in its tracks; resolves to what lets them go on. */
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
          // Those that went on have ended since.
        }
      })
      signal('SIGSTOP')
      return thaw
    }
  }
}

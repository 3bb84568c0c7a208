import { randomUUID } from 'node:crypto'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { Test } from 'tap'
import { memoryFolder } from './memory-folder.ts'

export type EngineName = 'sqlite' | 'postgres'

/** Both engines, or only SQLite if no PostgreSQL runs. Suites for both loop over them. */
export const engines: readonly EngineName[] = process.env.TEST_POSTGRES_URL ? ['sqlite', 'postgres'] : ['sqlite']

/** The engine of a test that works on any: `npm run test:all` runs these on PostgreSQL too. */
export const anyEngine = (process.env.TEST_ENGINE ?? 'sqlite') as EngineName

/**
 * The URL of an empty database of the test's own: a file in a folder of its own, or a new database on the PostgreSQL
 * that `npm test` starts. It is deleted when the test ends.
 */
export async function emptyDatabaseUrl(t: Test, engine = anyEngine): Promise<string> {
  return engine === 'sqlite' ? `sqlite:${join(createFolder(t), 'test.db')}` : await createPostgresDatabase(t)
}

/**
 * The same, with all migrations applied if `npm test` has made the templates: to copy a database takes a fraction of
 * the time.
 */
export async function databaseUrl(t: Test, engine = anyEngine): Promise<string> {
  const { TEST_SQLITE_TEMPLATE, TEST_POSTGRES_TEMPLATE } = process.env
  if (engine === 'postgres') return await createPostgresDatabase(t, TEST_POSTGRES_TEMPLATE)
  const url = await emptyDatabaseUrl(t, engine)
  if (TEST_SQLITE_TEMPLATE) copyFileSync(TEST_SQLITE_TEMPLATE, url.slice('sqlite:'.length))
  return url
}

function createFolder(t: Test): string {
  const folder = mkdtempSync(join(memoryFolder() ?? tmpdir(), 'sallyport-sqlite-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

async function createPostgresDatabase(t: Test, template = 'template1'): Promise<string> {
  const server = process.env.TEST_POSTGRES_URL
  if (!server)
    throw new Error('TEST_POSTGRES_URL is not set: run the tests with `npm test -- FILE`, which starts PostgreSQL')
  // A connection of its own for each statement would take as long as the statement.
  pool ??= new pg.Pool({ connectionString: server, allowExitOnIdle: true })
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await pool.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`)
  t.teardown(() => pool?.query(`DROP DATABASE ${name} WITH (FORCE)`))
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

let pool: pg.Pool | undefined

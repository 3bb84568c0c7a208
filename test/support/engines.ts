import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { Test } from 'tap'
import { memoryFolder } from './memory-folder.ts'

export type EngineName = 'sqlite' | 'postgres'

/** Both engines, or only SQLite if no PostgreSQL runs. Suites for both loop over them. */
export const engines: readonly EngineName[] = process.env.TEST_POSTGRES_URL ? ['sqlite', 'postgres'] : ['sqlite']

/**
 * The URL of an empty database of the test's own: a file in a folder of its own, or a new database on the PostgreSQL
 * that `npm test` starts. It is deleted when the test ends.
 */
export async function databaseUrl(t: Test, engine: EngineName): Promise<string> {
  return engine === 'sqlite' ? `sqlite:${join(createFolder(t), 'test.db')}` : await createPostgresDatabase(t)
}

function createFolder(t: Test): string {
  const folder = mkdtempSync(join(memoryFolder() ?? tmpdir(), 'sallyport-sqlite-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

async function createPostgresDatabase(t: Test): Promise<string> {
  const server = process.env.TEST_POSTGRES_URL
  if (!server)
    throw new Error('TEST_POSTGRES_URL is not set: run the tests with `npm test -- FILE`, which starts PostgreSQL')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await onServer(server, `CREATE DATABASE ${name} STRATEGY FILE_COPY`)
  t.teardown(() => onServer(server, `DROP DATABASE ${name} WITH (FORCE)`))
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

async function onServer(server: string, statement: string) {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

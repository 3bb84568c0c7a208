import pg from 'pg'
import { openStore } from '../src/store/open.ts'
import { createPostgres } from '../test/support/embedded-postgres.ts'
import { sqliteTemplate } from './sqlite-template.ts'

/** The database that the tests copy on PostgreSQL. */
const template = 'sallyport_template'

/**
 * Starts a temporary PostgreSQL, and migrates a database of each engine for the tests to copy. `env` has the variables
 * that name them.
 */
export async function startDatabases() {
  // Without fsync and with the least WAL, an empty database, which most tests create, costs a third.
  const more = ['fsync=off', 'wal_level=minimal', 'max_wal_senders=0']
  const postgres = await createPostgres({ connections: 300, more })
  await postgres.start()
  const client = new pg.Client({ connectionString: postgres.url })
  await client.connect()
  await client.query(`CREATE DATABASE ${template}`)
  await client.end()
  const url = new URL(postgres.url)
  url.pathname = `/${template}`
  const store = await openStore(url.href, () => {})
  await store.migrate()
  await store.close()
  const env = {
    TEST_POSTGRES_URL: postgres.url,
    TEST_POSTGRES_TEMPLATE: template,
    TEST_SQLITE_TEMPLATE: await sqliteTemplate()
  }
  return { env, stop: postgres.stop }
}

import { chmodSync, cpSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { test } from 'tap'
import { createPostgres } from './support/embedded-postgres.ts'

test('PostgreSQL runs, even for root, when only the owner may enter the folder of its programs', async t => {
  const native = t.testdir()
  const from = new URL('../native', import.meta.resolve(`@embedded-postgres/${process.platform}-${process.arch}`))
  cpSync(fileURLToPath(from), native, { recursive: true, verbatimSymlinks: true })
  chmodSync(native, 0o700)
  const postgres = await createPostgres({ connections: 10, native })
  t.teardown(() => postgres.stop())
  await postgres.start()
  const client = new pg.Client({ connectionString: postgres.url })
  await client.connect()
  t.teardown(() => client.end())
  t.same((await client.query('SELECT 1 AS one')).rows, [{ one: 1 }])
})

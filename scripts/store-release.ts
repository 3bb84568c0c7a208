import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageVersion } from '../src/base/package.ts'
import { createPostgres } from '../test/support/embedded-postgres.ts'
import { dumpPostgres, dumpSqlite } from './release/dump.ts'
import { fillDatabase } from './release/fill.ts'

// `tsx scripts/store-release.ts`: stores a database of this version, with rows in every table, in test/released/, for
// the test that later versions migrate it. Run it for each release that has a new migration.

const folder = `test/released/${packageVersion}`
mkdirSync(folder, { recursive: true })
const scratch = mkdtempSync(join(tmpdir(), 'sallyport-release-'))
const sqlite = join(scratch, 'stored.db')
const postgres = await createPostgres({ connections: 20 })
await postgres.start()

try {
  const states = {
    sqlite: await fillDatabase(`sqlite:${sqlite}`),
    postgres: await fillDatabase(postgres.url)
  }
  writeFileSync(join(folder, 'sqlite.sql'), dumpSqlite(sqlite))
  writeFileSync(join(folder, 'postgres.sql'), await dumpPostgres(postgres.url))
  writeFileSync(join(folder, 'state.json'), `${JSON.stringify(states, null, 2)}\n`)
} finally {
  await postgres.stop()
  rmSync(scratch, { recursive: true })
}

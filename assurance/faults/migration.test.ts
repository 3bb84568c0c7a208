import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { type Test, test } from 'tap'
import { openDatabase } from '../../src/store/engine/sqlite-driver.ts'
import { startCli } from '../../test/support/cli-process.ts'
import { type EngineName, engines } from '../../test/support/engines.ts'
import { createRandom } from '../../test/support/faults.ts'
import { writeNextMigration } from '../../test/support/next-migration.ts'
import { releasedDatabase, releases } from '../../test/support/released.ts'
import { addCopies, openEngine } from '../../test/support/store.ts'
import { mountDisk } from '../support/disk.ts'

const main = fileURLToPath(new URL('../support/migrate-main.ts', import.meta.url))
const accounts = 20_000
const kills = 5
const [release = ''] = releases

/** The migrations of this version and one more, which adds a column and fills it, in a folder of the test's own. */
function nextMigrations(t: Test, engine: EngineName): string {
  const folder = join(t.testdir(), 'migrations')
  writeNextMigration(folder, engine, [
    'ALTER TABLE users ADD COLUMN note text',
    `UPDATE users SET note = id || '${'x'.repeat(100)}'`,
    'CREATE INDEX users_note ON users (note)'
  ])
  return folder
}

/** A stored database with many accounts, and what runs and judges its next migration. */
async function createWorld(t: Test, engine: EngineName, folder: string, place?: string) {
  const { url } = await releasedDatabase(t, release, engine, place)
  const { db, schema, migrate } = openEngine(t, url)
  // What is tested is the one further migration.
  await migrate(`migrations/${engine}`)
  const [user] = await db.select().from(schema.users).limit(1)
  const copies = { id: String(user?.id), count: accounts, username: "'copy' || n", email_verified: 'false' }
  await addCopies(url, 'users', copies)
  const journal = engine === 'sqlite' ? '__drizzle_migrations' : 'drizzle.__drizzle_migrations'
  const count = async (table: string, where = 'true') => {
    const [row] = await db.select({ rows: sql`count(*)` }).from(sql.raw(table)).where(sql.raw(where))
    return Number(row?.rows)
  }
  const shipped = await count(journal)
  return {
    url,
    migrate: () => startCli(t, [url, folder], {}, { command: [process.execPath, '--import=tsx', main] }),

    /** Fails unless the migration has done all of its steps once, or none. */
    async isMigrated(): Promise<boolean> {
      const unfilled = await count('users', 'note IS NULL').catch(() => undefined)
      const isThere = unfilled !== undefined
      t.equal(unfilled ?? 0, 0, 'every row was changed')
      t.equal(await count(journal), isThere ? shipped + 1 : shipped)
      t.ok((await count('users')) > accounts, 'every account is there')
      return isThere
    }
  }
}

for (const engine of engines) {
  test(`Two processes that migrate a database of ${release} at once both end well (${engine})`, async t => {
    const { migrate, isMigrated } = await createWorld(t, engine, nextMigrations(t, engine))
    const both = [migrate(), migrate()]
    for (const { exit, out } of both) t.strictSame([await exit, out.text()], [[0, null], 'migrating\n'])
    t.equal(await isMigrated(), true)
  })

  test(`A migration of a database of ${release} that is killed changes nothing, and runs again (${engine})`, async t => {
    const folder = nextMigrations(t, engine)
    const random = createRandom()
    t.comment(`FAULT_SEED=${random.seed}`)
    const whole = (await createWorld(t, engine, folder)).migrate()
    await whole.out.until(/migrating/)
    const begun = performance.now()
    t.strictSame(await whole.exit, [0, null])
    const tookMs = performance.now() - begun
    let unfinished = 0
    for (let kill = 0; kill < kills; kill++) {
      const { migrate, isMigrated } = await createWorld(t, engine, folder)
      const { child, exit, out } = migrate()
      await out.until(/migrating/)
      await sleep(random.below(tookMs))
      child.kill('SIGKILL')
      await exit
      if (!(await isMigrated())) unfinished++
      t.strictSame(await migrate().exit, [0, null])
      t.equal(await isMigrated(), true)
    }
    t.comment(`${unfinished} of ${kills} kills came before the end of the migration`)
  })
}

test(`A migration of a database of ${release} on a full disk says so, changes nothing, and runs again`, {
  skip: process.getuid?.() !== 0 && !process.env.CI && 'only root can mount a disk to fill'
}, async t => {
  const disk = mountDisk(t, 64)
  const folder = nextMigrations(t, 'sqlite')
  const { url, migrate, isMigrated } = await createWorld(t, 'sqlite', folder, `sqlite:${disk.path}`)
  t.equal(url, `sqlite:${disk.path}`)
  disk.fill()
  const { exit, out } = migrate()
  t.equal(await out.until(/Database.+\n/), 'Database error: database or disk is full (SQLITE_FULL)\n')
  t.strictSame(await exit, [1, null])
  t.equal(await isMigrated(), false)
  const db = openDatabase(disk.path)
  t.equal(db.pragma('integrity_check', { simple: true }), 'ok')
  db.close()
  disk.free(32 << 20)
  t.strictSame(await migrate().exit, [0, null])
  t.equal(await isMigrated(), true)
})

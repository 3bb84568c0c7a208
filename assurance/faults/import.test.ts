import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { count } from 'drizzle-orm'
import { type Test, test } from 'tap'
import { databaseUrl, type EngineName, engines } from '../../test/support/engines.ts'
import { createRandom, faultEnv, figures, startProgram, timeUntil } from '../../test/support/faults.ts'
import { openEngine } from '../../test/support/store.ts'

// Many more than are imported when the last kill is due, so that no import ends before it is killed.
const accounts = 40_000
const kills = 2
const random = createRandom()

/** A file with many accounts and a bad row among them, and the result of `users import` in its own database. */
async function createWorld(t: Test, engine: EngineName) {
  const folder = t.testdir()
  const file = join(folder, 'users.csv')
  const hash = '$2b$12$KIXwK1C8qTnN1m8bq1XzUOe0yq9mJv2n3l6nRkzQxkq3u9oQ5v1aS'
  const json = (value: object) => `"${JSON.stringify(value).replaceAll('"', '""')}"`
  const data = (n: number) => json({ theme: 'dark', bio: 'Likes "quotes", commas and\nlines. '.repeat(n % 20) })
  const claims = (n: number) => json({ roles: ['editor', `team-${n % 7}`], tenant: `tenant-${n % 100}` })
  const rows = Array.from(
    { length: accounts },
    (_, n) => `user-${n},user-${n}@example.com,${hash},2025-01-02T03:04:05Z,${data(n)},${claims(n)}`
  )
  // After the kills, because its batch is smaller.
  rows.splice(accounts - 500, 0, 'bad,nonsense,hash,,,')
  writeFileSync(file, `username,email,password_hash,created_at,data,claims\n${rows.join('\n')}\n`)

  async function createDatabase(name: string) {
    const url = engine === 'sqlite' ? `sqlite:${join(folder, name)}` : await databaseUrl(t, engine)
    const start = () => startProgram(t, faultEnv({ DATABASE_URL: url }), ['users', 'import', file])
    const run = async () => {
      const program = start()
      const [code] = await program.exit
      return { code, output: program.output() }
    }
    return { url, start, run }
  }
  return { createDatabase }
}

/** The import's decision about every account, and a check that the audit trail records each of them once. */
async function contents(t: Test, url: string) {
  const { db, schema } = openEngine(t, url)
  const users = await db.select().from(schema.users)
  const trail = await db.select().from(schema.audit)
  const imported = trail.filter(({ action }) => action === 'users.imported')
  return {
    users: users.map(({ id, updatedAt, ...user }) => user).sort((a, b) => (a.username < b.username ? -1 : 1)),
    ids: new Set(users.map(({ id }) => id)).size,
    inTrail: imported.reduce((sum, { detail }) => sum + Number(detail.accounts), 0)
  }
}

for (const engine of engines) {
  test(`${engine}: a killed import can be resumed, with the same result as an undisturbed one`, async t => {
    const { createDatabase } = await createWorld(t, engine)
    const undisturbed = await createDatabase('undisturbed.db')
    t.match(await undisturbed.run(), {
      code: 3,
      output: `${accounts} account(s) created, 0 unchanged, 1 line(s) skipped.`
    })

    const { url, start, run } = await createDatabase('killed.db')
    const { db, schema } = openEngine(t, url)
    const created = async () => Number((await db.select({ created: count() }).from(schema.users))[0]?.created)
    let there = 0
    for (let kill = 0; kill < kills; kill++) {
      const { child, exit } = start()
      const goal = there + 1 + random.below(5000)
      await timeUntil(async () => (await created()) >= goal)
      child.kill('SIGKILL')
      t.match(await exit, [null, 'SIGKILL'])
      there = await created()
      t.ok(there < accounts && there % 1000 === 0, `${there} accounts were imported, in whole batches`)
    }
    const { code, output } = await run()
    const [made, found] = (output.match(/\d+(?= account| unchanged)/g) ?? []).map(Number)
    t.same([code, Number(made) + Number(found)], [3, accounts], output)
    // A batch that the server had already been told to commit is present too.
    t.ok(Number(found) >= there, `${found} of ${there} were found`)
    const [one, other] = [await contents(t, url), await contents(t, undisturbed.url)]
    t.strictSame([one.users.length, one.ids, one.inTrail], [accounts, accounts, accounts])
    t.ok(JSON.stringify(one) === JSON.stringify(other), 'the same accounts')
    figures(t, `kill -9 of an import, ${engine}`, kills, 0, 'goes on from the last batch')
  })
}

import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { count, eq } from 'drizzle-orm'
import { type Test, test, testdir } from 'tap'
import { builtAlone } from '../../test/support/built.ts'
import { startCli } from '../../test/support/cli-process.ts'
import { engines } from '../../test/support/engines.ts'
import { faultEnv, timeUntil } from '../../test/support/faults.ts'
import { createStore, event, execute, numbers, openEngine, recordMany } from '../../test/support/store.ts'

const hash = '$2b$12$KIXwK1C8qTnN1m8bq1XzUOe0yq9mJv2n3l6nRkzQxkq3u9oQ5v1aS'
const accounts = 15_000
const rows = Array.from({ length: accounts }, (_, n) => `user-${n},${hash}\n`)
const file = join(testdir({ 'users.csv': `username,password_hash\n${rows.join('')}` }), 'users.csv')

const rounds = 5

/** Repeatedly stops `child` like Ctrl-Z, calls `write`, and resumes `child` like `fg`. */
async function suspend(t: Test, child: ChildProcess, write: () => Promise<unknown>) {
  for (let round = 0; round < rounds; round++) {
    child.kill('SIGTSTP')
    await timeUntil(async () => readFileSync(`/proc/${child.pid}/stat`, 'utf8').includes(') T '), 5000)
    const begun = performance.now()
    await write()
    t.ok(performance.now() - begun < 2000, 'a write of another process does not wait')
    child.kill('SIGCONT')
    await sleep(round)
  }
}

for (const engine of engines) {
  test(`${engine}: Ctrl-Z stops an import between two batches, so others can write, and fg resumes it`, async t => {
    const { url, store, trail } = await createStore(t, engine)
    const { db, schema } = openEngine(t, url)
    const created = async () => (await db.select({ created: count() }).from(schema.users))[0]?.created
    const { child, exit, err, out } = startCli(t, ['users', 'import', file], faultEnv({ DATABASE_URL: url }), {
      command: builtAlone
    })
    await timeUntil(async () => (await created()) !== 0)
    await suspend(t, child, () => store.audit.record(event('beside')))
    t.equal(await err, '')
    t.same(await exit, [0, null])
    t.match(out.text(), `${accounts} account(s) created, 0 unchanged, 0 line(s) skipped.`)
    t.equal(await created(), accounts)
    t.equal((await trail()).filter(({ action }) => action === 'beside').length, rounds)
  })
}

test('Ctrl-Z stops any command between two SQLite transactions, however long they are', async t => {
  const events = 25_000
  const { url, store } = await createStore(t, 'sqlite')
  await recordMany(url, events)
  await execute(
    url,
    `CREATE TRIGGER slow AFTER DELETE ON audit BEGIN SELECT (${numbers(200)} SELECT max(n) FROM numbers); END`
  )
  const { db, schema } = openEngine(t, url)
  const { audit } = schema
  const left = async () => (await db.select({ left: count() }).from(audit).where(eq(audit.action, 'many')))[0]?.left
  const { child, exit, out } = startCli(t, ['audit', 'prune', '--older-than', '1h'], faultEnv({ DATABASE_URL: url }), {
    command: builtAlone
  })
  await timeUntil(async () => (await left()) !== events)
  await suspend(t, child, () => store.audit.record({ ...event('beside'), at: new Date() }))
  t.not(await left(), 0, 'it has not finished')
  t.same(await exit, [0, null])
  t.equal(out.text(), `Deleted ${events} event(s).\n`)
})

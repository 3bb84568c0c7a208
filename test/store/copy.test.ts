import type { Test } from 'tap'
import { copyDatabase } from '../../src/store/copy.ts'
import { openStore } from '../../src/store/open.ts'
import { createApp, password, postForm } from '../support/app.ts'
import { databaseUrl, type EngineName, emptyDatabaseUrl } from '../support/engines.ts'
import { pgTest } from '../support/pg-test.ts'
import { event, execute, newKey, recordMany } from '../support/store.ts'
import { createWriteWorld } from '../support/writes/world.ts'

/** A database with rows in most tables, which a server has left, and what works there. */
async function createSource(t: Test, engine: EngineName) {
  const url = await emptyDatabaseUrl(t, engine)
  const { app, clock, config, ...world } = await createWriteWorld(t, { databaseUrl: url })
  const person = await world.person()
  const enrolled = await world.enrolled()
  await world.withPasskey()
  await world.client()
  await world.link(person.id, 'reset_password', 'reset_password')
  clock.advance(60)
  await recordMany(url, 700)
  do await app.audit.seal()
  while ((await app.audit.verify()).unsealed > 0)
  await app.close()
  await execute(url, 'DELETE FROM nodes')
  return { url, person, enrolled, settings: { ...config, databaseUrl: '' } }
}

const others: Record<EngineName, EngineName> = { sqlite: 'postgres', postgres: 'sqlite' }

for (const engine of ['sqlite', 'postgres'] as const)
  pgTest(`A copy of a database on ${engine} has its logins, factors and sealed events, on the other`, async t => {
    const { url, person, enrolled, settings } = await createSource(t, engine)
    const to = await emptyDatabaseUrl(t, others[engine])
    const shown: number[] = []
    const copy = await copyDatabase(url, to, (_, fraction) => shown.push(Number(fraction)))
    t.match(copy, { users: 3, passkeys: 1, totp: 1, clients: 1, recoveryCodes: 20, oneTimeTokens: 1 })
    t.ok(Number(copy.audit) > 700 && Number(copy.seals) > 0)
    t.strictSame([shown[0], shown.at(-1), shown], [0, 1, [...shown].sort((a, b) => a - b)])
    const { app, clock } = await createApp(t, { ...settings, databaseUrl: to })
    clock.advance(120)
    const refreshed = await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token: person.refreshToken })
    t.equal(refreshed.statusCode, 200)
    const form = {
      grant_type: 'password',
      username: enrolled.username,
      password,
      recovery_code: String(enrolled.factor.recoveryCodes[0])
    }
    t.equal((await postForm(app, '/token', form)).statusCode, 200)
    t.match(await app.audit.verify(), { broken: null })
  })

pgTest('A copy that was ended continues, and a source that runs, has changed or has no tables is refused', async t => {
  const { url } = await createSource(t, 'sqlite')
  const to = await emptyDatabaseUrl(t, 'postgres')
  await t.rejects(copyDatabase(await emptyDatabaseUrl(t, 'sqlite'), to), { message: 'The source has no tables' })
  await execute(url, `INSERT INTO nodes VALUES ('a', 'example', '1', 'Node.js', 0, ${Date.now()}, '[]')`)
  await t.rejects(copyDatabase(url, to), { message: 'A server runs on the source: example. Stop it first.' })
  // As of accounts that were imported before the first start.
  await execute(url, 'DELETE FROM nodes; DELETE FROM keys')
  for (const share of [0.001, 0.1, 0.2, 0.35, 0.5, 0.8])
    await t.rejects(
      copyDatabase(url, to, (_, fraction) => {
        if (Number(fraction) > share) throw new Error('ended')
      }),
      { message: /ended/ }
    )
  const shown: unknown[] = []
  t.match(await copyDatabase(url, to, (_, fraction) => shown.push(fraction)), { users: 3 })
  t.equal(shown[0], 1 / 3, 'the progress begins with what an earlier run has copied')
  t.match(await copyDatabase(url, to), { users: 3 }, 'again it changes nothing')
  await execute(url, "UPDATE users SET full_name = 'changed'")
  await t.rejects(copyDatabase(url, to), { message: 'The copy of users differs' })
})

pgTest('A target with rows of its own is refused', async t => {
  const from = await databaseUrl(t, 'sqlite')
  const to = await databaseUrl(t, 'postgres')
  await execute(to, "INSERT INTO spent VALUES ('one', now())")
  await t.rejects(copyDatabase(from, to), { message: 'The target has rows of its own. Copy into an empty database.' })
  const store = await openStore(to, () => {})
  t.teardown(() => store.close())
  await store.keys.add(newKey(1), new Date(), event('key.created'))
  await t.rejects(copyDatabase(from, to), { message: 'The target has rows of its own. Copy into an empty database.' })
})

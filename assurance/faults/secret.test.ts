import { randomUUID } from 'node:crypto'
import { type Test, test } from 'tap'
import { appSealing, recoveryKeySealing } from '../../src/auth/keys/stored-secrets.ts'
import { type EngineName, engines } from '../../test/support/engines.ts'
import { faultEnv, figures, startProgram, timeUntil } from '../../test/support/faults.ts'
import { addCopies, createStore, event, newUser, openEngine, start } from '../../test/support/store.ts'

// Many more than are encrypted when the kill is due.
const accounts = 10_000
const kills = 2
const old = 'the old secret of the tests, 32 bytes'
const changed = 'the new secret of the tests, 32 bytes'

/** Accounts with an app and a recovery code, encrypted with the old secret. */
async function createWorld(t: Test, engine: EngineName) {
  const { url, store } = await createStore(t, engine)
  const { db, schema } = openEngine(t, url)
  const user = newUser()
  await store.users.insert(user, event('user.created'))
  const { id } = user
  await addCopies(url, 'users', { id, count: accounts, username: "'user-' || n", email: "'user-' || n" })
  const [sealing, recovery] = [appSealing({ secret: old }), recoveryKeySealing({ secret: old })]
  const createdAt = start
  const ids = Array.from({ length: accounts }, (_, n) => `${id}${n}`)
  for (let done = 0; done < accounts; done += 1000) {
    const some = ids.slice(done, done + 1000)
    await db.insert(schema.totp).values(
      some.map(userId => {
        const app = { id: randomUUID(), userId }
        return { ...app, secretSealed: sealing.seal(`secret of ${userId}`, app), createdAt, confirmedAt: createdAt }
      })
    )
    await db.insert(schema.recoveryCodes).values(
      some.map(userId => {
        return { hash: randomUUID(), userId, keySealed: recovery.seal(`key of ${userId}`, { userId }) }
      })
    )
  }
  return {
    url,
    apps: async () => await db.select().from(schema.totp),
    codes: async () => await db.select().from(schema.recoveryCodes)
  }
}

for (const engine of engines) {
  test(`${engine}: a killed rotation of the secret can be resumed, beside another one, and loses nothing`, async t => {
    const { url, apps, codes } = await createWorld(t, engine)
    const env = faultEnv({ DATABASE_URL: url, SECRET: changed, SECOND_SECRET: old })
    const run = () => startProgram(t, env, ['secret', 'rotate', '--json'])
    const current = async () => {
      const sealing = appSealing({ secret: changed })
      return (await apps()).filter(app => sealing.open(app.secretSealed, app)).length
    }
    for (let kill = 1; kill <= kills; kill++) {
      const before = await current()
      const { child, exit } = run()
      await timeUntil(async () => (await current()) > before)
      child.kill('SIGKILL')
      await exit
      t.ok((await current()) < accounts, 'killed before its end')
    }
    const interrupted = await current()
    const runs = [run(), run()]
    const found = await Promise.all(
      runs.map(async ({ exit, output }) => {
        t.strictSame((await exit)[0], 0)
        return JSON.parse(output()) as Record<string, number>
      })
    )
    const sum = (kind: string) => found.reduce((all, one) => all + Number(one[kind]), 0)
    t.equal(sum('apps'), accounts - interrupted)
    t.equal(sum('unreadable_apps') + sum('unreadable_recovery_codes'), 0)
    const [sealing, recovery] = [appSealing({ secret: changed }), recoveryKeySealing({ secret: changed })]
    t.ok((await apps()).every(app => sealing.open(app.secretSealed, app)?.text === `secret of ${app.userId}`))
    t.ok((await codes()).every(row => recovery.open(String(row.keySealed), row)?.text === `key of ${row.userId}`))
    figures(t, `kill -9 while the secret rotates, ${engine}`, kills, '0', '')
  })
}

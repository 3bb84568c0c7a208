import type { Test } from 'tap'
import type { EngineName } from '../support/engines.ts'
import { engineTest } from '../support/pg-test.ts'
import { at, createStore, event, newMail, openEngine, stopAfter } from '../support/store.ts'

const row = { userId: 'alice', series: 'series', state: 'state', address: 'alice@example.com', expiresAt: at(60) }

/** A store in which alice has a code that expires after a minute. */
async function withCode(t: Test, engine: EngineName) {
  const { store, url } = await createStore(t, engine)
  const codes = store.emailCodes
  const replace = (members: Partial<typeof row> = {}) =>
    codes.replace({ ...row, ...members }, newMail({ kind: 'email_code' }), event('login.code_requested'))
  await replace()
  return { store, codes, replace, url, of: (series = 'series') => ({ account: 'alice', series, most: 5 }) }
}

engineTest('An account has one; the next one replaces it with its message and its event', async (t, engine) => {
  const { store, codes, replace, of } = await withCode(t, engine)
  await codes.take(of(), at(0))
  await replace({ series: 'other', address: 'new@example.com' })
  const next = { ...row, series: 'other', address: 'new@example.com', tries: 0 }
  t.strictSame(await codes.live('alice', at(0)), next)
  t.equal(await store.mail.count(), 2)
})

engineTest('A try is counted until the limit, for its series alone, until the code expires', async (t, engine) => {
  const { codes, of } = await withCode(t, engine)
  t.equal(await codes.take(of('other'), at(0)), undefined)
  t.equal(await codes.take(of(), at(60)), undefined)
  const tries = await Promise.all(Array.from({ length: 8 }, () => codes.take(of(), at(59))))
  t.strictSame(tries.flatMap(one => one?.tries ?? []).toSorted(), [1, 2, 3, 4, 5])
  t.equal(await codes.live('alice', at(60)), undefined)
})

engineTest('Expired codes are deleted in steps, the oldest first', async (t, engine) => {
  const { codes, url } = await withCode(t, engine)
  const { db, schema } = openEngine(t, url)
  const many = Array.from({ length: 1499 }, (_, n) => ({ ...row, userId: `${n}`, expiresAt: at(-n) }))
  await db.insert(schema.emailCodes).values(many)
  t.equal(await codes.prune(at(0), stopAfter(1)), 1000)
  t.equal(await codes.prune(at(0)), 499)
  t.ok(await codes.live('alice', at(0)))
})

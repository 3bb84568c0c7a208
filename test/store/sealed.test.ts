import type { Test } from 'tap'
import type { EngineName } from '../support/engines.ts'
import { engineTest } from '../support/pg-test.ts'
import { at, createStore, event, impossible, newKey, newSession, newUser, openEngine } from '../support/store.ts'

/** A store with a key, and alice, who has a confirmed app, an unconfirmed one, two recovery codes and a session. */
async function withAlice(t: Test, engine: EngineName) {
  const world = await createStore(t, engine)
  const { store, url, addSessions } = world
  const { db, schema } = openEngine(t, url)
  const user = newUser()
  const { id: userId } = user
  await store.users.insert(user, event('user.created'))
  await store.keys.add(newKey(1), at(100), event('key.created'))
  const app = { userId, secretSealed: 'sealed', createdAt: at(0) }
  await db.insert(schema.totp).values([
    { ...app, id: 'app', confirmedAt: at(1) },
    { ...app, id: 'pending' }
  ])
  await db.insert(schema.recoveryCodes).values(['a', 'b'].map(hash => ({ hash, userId, keySealed: 'sealed' })))
  await addSessions(newSession(userId))
  const read = async () => await store.users.byId(userId)
  const alice = (await read()) as NonNullable<Awaited<ReturnType<typeof read>>>
  const live = async () => (await store.sessions.ofUser(userId, at(5))).length
  return { ...world, userId, alice, read, live }
}

engineTest('A sealed text is replaced unless it has changed', async (t, engine) => {
  const { store, userId } = await withAlice(t, engine)
  const { sealed, secondFactors } = store
  const [key] = await sealed.nextKeys()
  const [app, ...others] = await sealed.nextApps()
  const [codes] = await sealed.nextRecoveryKeys()
  if (!key || !app || !codes) throw new Error('A row is missing.')
  t.strictSame(others, [], 'an app that is not confirmed lasts an hour')
  for (const isFirst of [true, false]) {
    t.equal(await sealed.replaceKey(key, 'new'), isFirst)
    t.equal(await sealed.replaceApp(app, 'new'), isFirst)
    t.equal(await sealed.replaceRecoveryKey(codes, 'new'), isFirst)
  }
  t.match(await sealed.nextKeys(), [{ kid: key.kid, sealed: 'new' }])
  t.match(await secondFactors.confirmedTotp(userId), { secretSealed: 'new' })
  t.match(await secondFactors.recoveryCodes(userId), [{ keySealed: 'new' }, { keySealed: 'new' }])
  t.match(await secondFactors.pendingTotp(userId, 'pending'), { secretSealed: 'sealed' })
})

engineTest('All rows are read in steps of a hundred', async (t, engine) => {
  const { store, url } = await createStore(t, engine)
  const { db, schema } = openEngine(t, url)
  await db.insert(schema.keys).values(Array.from({ length: 250 }, (_, n) => newKey(n + 1)))
  const users = Array.from({ length: 250 }, (_, n) => newUser(`user-${n}`))
  await db.insert(schema.users).values(users)
  await db
    .insert(schema.totp)
    .values(users.map(({ id }) => ({ id, userId: id, secretSealed: 'sealed', createdAt: at(0), confirmedAt: at(0) })))
  await db
    .insert(schema.recoveryCodes)
    .values(users.flatMap(({ id }) => [1, 2, 3].map(n => ({ hash: `${id}${n}`, userId: id, keySealed: 'sealed' }))))
  const { nextKeys, nextApps, nextRecoveryKeys } = store.sealed
  for (const next of [nextKeys, nextApps, nextRecoveryKeys]) {
    const places: string[] = []
    const steps: number[] = []
    for (let rows = await next(); rows.length > 0; rows = await next(rows.at(-1)?.place)) {
      steps.push(rows.length)
      places.push(...rows.map(({ place }) => place))
    }
    t.strictSame(steps, [100, 100, 50])
    t.equal(new Set(places).size, 250)
  }
})

engineTest('The last factor goes with codes and sessions, unless the factors have changed', async (t, engine) => {
  const { store, alice, read, live, trail } = await withAlice(t, engine)
  const { sealed, secondFactors } = store
  const removed = event('factor.removed')
  const change = { app: { id: 'app' }, recoveryCodes: true, isLast: true, event: removed, now: at(5) }
  t.equal(await sealed.discardFactors({ ...alice, secondFactorAt: at(99) }, change), false)
  await t.rejects(sealed.discardFactors(alice, { ...change, event: impossible }), { name: 'StoreError' })
  t.match(await secondFactors.ofUser(alice.id), { totp: { id: 'app' }, recoveryCodes: ['a', 'b'] })
  t.equal(await live(), 1)
  t.equal(await sealed.discardFactors(alice, change), true)
  t.match(await secondFactors.ofUser(alice.id), { totp: undefined, recoveryCodes: [] })
  t.match(await read(), { secondFactorAt: null })
  t.equal(await live(), 0)
  t.equal((await trail()).filter(({ action }) => action === 'factor.removed').length, 1)
})

engineTest('Recovery codes go alone, and the sessions stay', async (t, engine) => {
  const { store, alice, read, live } = await withAlice(t, engine)
  const change = { app: undefined, recoveryCodes: true, isLast: false, event: event('x'), now: at(5) }
  t.equal(await store.sealed.discardFactors(alice, change), true)
  t.match(await store.secondFactors.ofUser(alice.id), { totp: { id: 'app' }, recoveryCodes: [] })
  t.match(await read(), { secondFactorAt: at(5) })
  t.equal(await live(), 1)
})

engineTest('Keys are removed with those that have expired, and an event for each', async (t, engine) => {
  const { store, trail } = await createStore(t, engine)
  for (const n of [1, 2, 3]) await store.keys.add(newKey(n), at(100 * n), event('x'))
  await store.keys.discard(['key-3'], at(200), [event('key.retired', { subject: 'key-3' })])
  t.match(
    (await store.keys.all()).map(({ kid }) => kid),
    ['key-2']
  )
  t.match((await trail()).at(-1), { action: 'key.retired', subject: 'key-3' })
})

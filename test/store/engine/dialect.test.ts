import { eq, sql } from 'drizzle-orm'
import type { Test } from 'tap'
import type { Db, Following, Statement } from '../../../src/store/engine/dialect.ts'
import { attempt } from '../../support/attempts.ts'
import type { EngineName } from '../../support/engines.ts'
import { engineTest } from '../../support/pg-test.ts'
import { at, createStore, event, newUser, openEngine, userDefaults } from '../../support/store.ts'

/** An engine on a migrated database that holds the user alice. */
async function withAlice(t: Test, name: EngineName) {
  const { url, store } = await createStore(t, name)
  const user = newUser('alice')
  await store.users.insert(user, event('user.created'))
  const engine = openEngine(t, url)
  const { users, audit } = engine.schema
  /** A guard that returns alice, or no row. */
  const guard = (tx: Db, id = user.id) =>
    tx
      .update(users)
      .set({ updatedAt: at(1) })
      .where(eq(users.id, id))
      .returning({ id: users.id })
  return {
    engine,
    user,
    users,
    audit,
    guard,
    nameOf: async () => (await engine.db.select().from(users))[0]?.fullName,
    actions: async () => (await engine.db.select().from(audit)).map(({ action }) => action)
  }
}

engineTest('A list resolves to the rows of the guard and runs the rest in order', async (t, name) => {
  const { engine, user, users, nameOf } = await withAlice(t, name)
  const rows = await engine.atomic((tx, then) => [
    tx.update(users).set({ fullName: '1' }).where(eq(users.id, user.id)).returning({ fullName: users.fullName }),
    then.update(users, { fullName: sql`${users.fullName} || '2'` }, eq(users.id, user.id)),
    then.update(users, { fullName: sql`${users.fullName} || '3'` }, eq(users.id, user.id))
  ])
  t.strictSame(rows, [{ fullName: '1' }])
  t.equal(await nameOf(), '123')
})

engineTest('A list resolves to every row of the guard, with the types of its columns', async (t, name) => {
  const { engine, user, users } = await withAlice(t, name)
  const bob = newUser('bob', { scopes: ['a', 'b'] })
  const rows = await engine.atomic((tx, then) => [
    tx
      .insert(users)
      .values([bob, newUser('carol')])
      .returning(),
    then.delete(users, eq(users.id, user.id))
  ])
  t.match(rows, [
    { id: bob.id, scopes: ['a', 'b'], disabled: false, createdAt: bob.createdAt, lastLoginAt: null },
    { username: 'carol' }
  ])
  t.equal((await engine.db.select().from(users)).length, 2)
})

engineTest('A list changes nothing after a guard that found no row', async (t, name) => {
  const { engine, user, users, audit, guard, actions } = await withAlice(t, name)
  const before = await engine.db.select().from(users)
  const guards = {
    changing: (tx: Db) => guard(tx, 'unknown'),
    reading: (tx: Db) => tx.select({ id: users.id }).from(users).where(eq(users.id, 'unknown')),
    'reading under two conditions': (tx: Db) =>
      tx.select({ id: users.id }).from(users).where(sql`${users.id} = ${user.id} AND ${users.passwordHash} = 'another'`)
  }
  for (const [kind, unmet] of Object.entries(guards)) {
    const rows = await engine.atomic<{ id: string }>((tx, then) => [
      unmet(tx),
      then.insert(audit, event('after')),
      then.insert(users, newUser('alice'), { target: users.username, set: { fullName: 'x' } }),
      then.update(users, { fullName: 'x' }, undefined),
      then.delete(users, undefined)
    ])
    t.strictSame(rows, [], kind)
    t.strictSame(await actions(), ['user.created'], kind)
    t.strictSame(await engine.db.select().from(users), before, kind)
  }
})

engineTest('A list inserts a row or changes the one in its place, after a guard that reads', async (t, name) => {
  const { engine, user, users } = await withAlice(t, name)
  const { knownPrefixes } = engine.schema
  const row = { userId: user.id, prefix: '192.0.2.0/24', lastLoginAt: at(0) }
  const target = [knownPrefixes.userId, knownPrefixes.prefix]
  const put = (seconds: number) =>
    engine.atomic((tx, then) => [
      tx.select({ id: users.id }).from(users),
      then.insert(knownPrefixes, row, { target, set: { lastLoginAt: at(seconds), prefix: undefined as never } })
    ])
  await put(1)
  t.strictSame(await engine.db.select().from(knownPrefixes), [row])
  await put(2)
  t.strictSame(await engine.db.select().from(knownPrefixes), [{ ...row, lastLoginAt: at(2) }])
  const { throttle } = engine.schema
  const counter = { ...attempt('a', 0), clearsAt: 1 }
  const count = () =>
    engine.atomic((tx, then) => [
      tx.select({ id: users.id }).from(users),
      then.insert(throttle, counter, { target: throttle.key, set: { clearsAt: sql`${throttle.clearsAt} + 1` } })
    ])
  for (let n = 0; n < 3; n++) await count()
  t.strictSame(await engine.db.select().from(throttle), [{ ...counter, clearsAt: 3 }])
})

engineTest('A list leaves out absent members, and has the defaults of the table for them', async (t, name) => {
  const { engine, users, guard } = await withAlice(t, name)
  const bob = { ...newUser('bob'), lastLoginAt: undefined as never, unknown: 'column' }
  await engine.atomic((tx, then) => [guard(tx), then.insert(users, bob)])
  const { lastLoginAt, unknown, ...rest } = bob
  const [found] = await engine.db.select().from(users).where(eq(users.username, 'bob'))
  t.strictSame(found, {
    ...rest,
    ...userDefaults
  })
})

engineTest('A list changes nothing when one of its statements fails, and the next one is run', async (t, name) => {
  const { engine, user, users, audit, guard, actions } = await withAlice(t, name)
  const before = await engine.db.select().from(users)
  const twice = { ...event('twice'), seq: 7 }
  const invalid = new Date(Number.NaN)
  const fails: ((tx: Db, then: Following) => Statement[])[] = [
    (_, then) => [then.insert(audit, twice), then.insert(audit, twice)],
    tx => [tx.update(users).set({ createdAt: invalid }).where(eq(users.id, user.id))],
    tx => [tx.insert(audit).values(event('x', { at: invalid }))],
    () => {
      throw new Error('no list')
    }
  ]
  const after = event('after')
  for (const fail of fails)
    await t.rejects(async () =>
      engine.atomic((tx, then) => [guard(tx), then.insert(audit, after), ...fail(tx, then), then.insert(audit, after)])
    )
  const taken = newUser('bob', { id: user.id })
  for (let n = 0; n < 15; n++)
    await t.rejects(
      engine.atomic((tx, then) => [tx.insert(users).values(taken).returning(), then.insert(audit, after)]),
      'a guard that fails'
    )
  t.strictSame([await engine.db.select().from(users), await actions()], [before, ['user.created']])
  t.strictSame(await engine.atomic(tx => [guard(tx)]), [{ id: user.id }])
})

engineTest('A list keeps the mark of a guard to its own transaction', async (t, name) => {
  const { engine, audit, guard, actions } = await withAlice(t, name)
  const list = (id?: string) => engine.atomic((tx, then) => [guard(tx, id), then.insert(audit, event(id ?? 'met'))])
  await Promise.all(Array.from({ length: 60 }, (_, n) => list(n % 2 ? 'unmet' : undefined)))
  t.equal((await actions()).filter(action => action === 'met').length, 30)
  t.notOk((await actions()).includes('unmet'))
})

/** Renames the user, with the values of each call. */
async function withRename(t: Test, name: EngineName) {
  const world = await withAlice(t, name)
  const { users } = world.engine.schema
  const rename = world.engine.prepare(
    'rename',
    tx =>
      tx
        .update(users)
        .set({ username: sql`${sql.placeholder('username')}` })
        .where(eq(users.id, sql.placeholder('id'))),
    'id'
  )
  const named = async () => (await world.engine.db.select().from(users)).map(({ username }) => username)
  return { ...world, rename, named }
}

engineTest('A prepared statement runs with the values of each call, on every connection', async (t, name) => {
  const { user, named, rename } = await withRename(t, name)
  t.equal(await rename({ id: user.id, username: '1' }), 1)
  t.strictSame(await named(), ['1'])
  const calls = Array.from({ length: 30 }, () => rename({ id: user.id, username: '2' }))
  for (const count of await Promise.all(calls)) t.equal(count, 1)
  t.strictSame(await named(), ['2'])
  t.equal(await rename({ id: 'unknown', username: '3' }), 0)
})

engineTest('A prepared statement affects no other call when one fails', async (t, name) => {
  const { user, named, rename, engine, users } = await withRename(t, name)
  await engine.atomic(tx => [tx.insert(users).values(newUser('taken')).returning()])
  const calls = ['1', 'taken', '2'].map(username => rename({ id: user.id, username }))
  t.match(await Promise.allSettled(calls), [
    { status: 'fulfilled' },
    { status: 'rejected' },
    { status: 'fulfilled', value: 1 }
  ])
  t.notOk((await named()).includes('alice'))
  t.equal(await rename({ id: user.id, username: '4' }), 1)
})

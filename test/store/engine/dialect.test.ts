import { eq, sql } from 'drizzle-orm'
import t, { type Test } from 'tap'
import type { Db, Statement } from '../../../src/store/engine/dialect.ts'
import { type EngineName, engines } from '../../support/engines.ts'
import { at, createStore, event, newUser, openEngine } from '../../support/store.ts'

/** A row to be written after the event of creating alice. */
const second = (action: string) => ({ ...event(action), seq: 2 })

/** An engine on a migrated database that holds the user alice. */
async function withAlice(t: Test, name: EngineName) {
  const { url, store } = await createStore(t, name)
  const user = newUser('alice')
  await store.users.insert(user, event('user.created'))
  const engine = openEngine(t, url)
  const { users, audit } = engine.schema
  return {
    engine,
    user,
    users,
    audit,
    nameOf: async () => (await engine.db.select().from(users))[0]?.fullName,
    actions: async () => (await engine.db.select().from(audit)).map(({ action }) => action)
  }
}

for (const name of engines) {
  t.test(`atomic on ${name}`, async t => {
    t.test('resolves to the rows of the guard and runs the rest in order', async t => {
      const { engine, user, users, nameOf } = await withAlice(t, name)
      const rename = (tx: Db, fullName: string) => tx.update(users).set({ fullName }).where(eq(users.id, user.id))
      const rows = await engine.atomic(tx => [
        rename(tx, '1').returning({ fullName: users.fullName }),
        rename(tx, '2'),
        rename(tx, '3')
      ])
      t.strictSame(rows, [{ fullName: '1' }])
      t.equal(await nameOf(), '3')
    })

    t.test('runs nothing after a guard that found no row', async t => {
      const { engine, users, audit, actions } = await withAlice(t, name)
      const rows = await engine.atomic(tx => [
        tx.update(users).set({ fullName: 'x' }).where(eq(users.id, 'unknown')).returning(),
        tx.insert(audit).values(second('after'))
      ])
      t.strictSame(rows, [])
      t.strictSame(await actions(), ['user.created'])
    })

    t.test('rolls back everything when one statement fails', async t => {
      const { engine, user, users, audit, nameOf, actions } = await withAlice(t, name)
      const twice = second('twice')
      await t.rejects(
        engine.atomic(tx => [
          tx.update(users).set({ fullName: 'x' }).where(eq(users.id, user.id)).returning(),
          tx.insert(audit).values(twice),
          tx.insert(audit).values(twice),
          tx.insert(audit).values(second('never'))
        ])
      )
      t.equal(await nameOf(), null)
      t.strictSame(await actions(), ['user.created'])
    })

    t.test('rolls back everything when the guard fails', async t => {
      const { engine, user, users, audit, actions } = await withAlice(t, name)
      await t.rejects(
        engine.atomic(tx => [
          tx
            .insert(users)
            .values(newUser('bob', { id: user.id }))
            .returning(),
          tx.insert(audit).values(second('after'))
        ])
      )
      t.strictSame(await actions(), ['user.created'])
    })

    t.test('does not begin when the list cannot be built', async t => {
      const { engine, actions } = await withAlice(t, name)
      const build = (): [Statement<unknown[]>] => {
        throw new Error('no list')
      }
      await t.rejects(async () => engine.atomic(build), { message: 'no list' })
      t.strictSame(await actions(), ['user.created'])
    })

    t.test('serves the next caller after a failure', async t => {
      const { engine, users, user } = await withAlice(t, name)
      for (let i = 0; i < 15; i++) {
        await t.rejects(engine.atomic(tx => [tx.insert(users).values(newUser('alice')).returning()]))
      }
      const rows = await engine.atomic(tx => [
        tx
          .update(users)
          .set({ updatedAt: at(1) })
          .where(eq(users.id, user.id))
          .returning({ id: users.id })
      ])
      t.strictSame(rows, [{ id: user.id }])
    })
  })
  t.test(`prepare on ${name}`, async t => {
    /** Renames the user and records an event, with the values of each call. */
    async function withRename(t: Test) {
      const world = await withAlice(t, name)
      const { users, audit } = world.engine.schema
      const rename = world.engine.prepare<{ id: string }>('rename', tx => [
        tx
          .update(users)
          .set({ fullName: sql`${sql.placeholder('fullName')}` })
          .where(eq(users.id, sql.placeholder('id')))
          .returning({ id: users.id }),
        tx.insert(audit).values({ ...event('renamed'), seq: sql.placeholder('event') as unknown as number })
      ])
      return { ...world, rename }
    }

    t.test('runs the same statements with the values of each call, on every connection', async t => {
      const { user, nameOf, actions, rename } = await withRename(t)
      t.strictSame(await rename({ id: user.id, fullName: '1', event: 2 }), [{ id: user.id }])
      t.equal(await nameOf(), '1')
      const calls = Array.from({ length: 30 }, (_, i) => rename({ id: user.id, fullName: '2', event: i + 3 }))
      for (const rows of await Promise.all(calls)) t.strictSame(rows, [{ id: user.id }])
      t.equal(await nameOf(), '2')
      t.equal((await actions()).length, 32)
    })

    t.test('runs nothing after a guard that found no row, and rolls back failures', async t => {
      const { user, nameOf, actions, rename } = await withRename(t)
      t.strictSame(await rename({ id: 'unknown', fullName: '1', event: 2 }), [])
      await rename({ id: user.id, fullName: '2', event: 3 })
      await t.rejects(rename({ id: user.id, fullName: '3', event: 3 }))
      t.equal(await nameOf(), '2')
      t.strictSame(await actions(), ['user.created', 'renamed'])
      t.strictSame(await rename({ id: user.id, fullName: '4', event: 4 }), [{ id: user.id }])
    })
  })
}

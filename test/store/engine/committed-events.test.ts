import { randomUUID } from 'node:crypto'
import { withCommittedEvents } from '../../../src/store/audit/committed-events.ts'
import { auditInsert } from '../../../src/store/audit/events.ts'
import { databaseUrl } from '../../support/engines.ts'
import { engineTest } from '../../support/pg-test.ts'
import { createStore, event, impossible, newUser, openEngine, start } from '../../support/store.ts'

engineTest('The events of a list are reported after its commit, and before the write resolves', async (t, name) => {
  const { store } = await createStore(t, name)
  const user = newUser('alice')
  await store.users.insert(user, event('user.created'))
  const order: unknown[] = []
  store.reportTo(async events => {
    order.push(...events, (await store.users.byId(user.id))?.fullName)
  })
  const updated = event('user.updated', { subject: user.id })
  await store.users.update(user.id, { fullName: 'Alice Liddell', updatedAt: start }, updated)
  order.push('resolved')
  t.strictSame(order, [updated, 'Alice Liddell', 'resolved'])
})

engineTest('No events are reported if the guard of a list returned no row, or a statement failed', async (t, name) => {
  const { store } = await createStore(t, name)
  const user = newUser('alice')
  await store.users.insert(user, event('user.created'))
  store.reportTo(async events => void t.fail(JSON.stringify(events)))
  const change = { fullName: 'Alice Liddell', updatedAt: start }
  t.equal(await store.users.update('unknown', change, event('user.updated')), undefined)
  await t.rejects(store.users.update(user.id, change, impossible))
  t.match(await store.users.byId(user.id), { fullName: user.fullName })
})

engineTest('What the caller does on a commit is done before its events are reported', async (t, name) => {
  const engine = openEngine(t, await databaseUrl(t, name))
  const order: string[] = []
  const told = withCommittedEvents({
    ...engine,
    atomic: (build, exclusive, onCommit) => {
      onCommit?.()
      return engine.atomic(build, exclusive)
    }
  })
  const insert = () =>
    told.atomic(
      (tx, then) => [
        tx.insert(engine.schema.users).values(newUser(randomUUID())).returning({ id: engine.schema.users.id }),
        auditInsert(then, engine.schema, event('user.created'))
      ],
      undefined,
      () => void order.push('on commit')
    )
  await insert()
  told.reportTo(async () => void order.push('reported'))
  await insert()
  t.strictSame(order, ['on commit', 'on commit', 'reported'])
})

engineTest('The events of a list are reported once, if it is built twice because it is sent again', async (t, name) => {
  const engine = openEngine(t, await databaseUrl(t, name))
  const again = withCommittedEvents({
    ...engine,
    async atomic(build, exclusive) {
      await engine.atomic((tx, then) => {
        const [, ...rest] = build(tx, then)
        return [tx.select().from(engine.schema.users) as never, ...rest]
      })
      return engine.atomic(build, exclusive)
    }
  })
  const reported: unknown[] = []
  again.reportTo(async events => void reported.push(...events))
  const user = newUser('alice')
  const created = event('user.created')
  const { schema } = engine
  await again.atomic((tx, then) => [
    tx.insert(schema.users).values(user).returning({ id: schema.users.id }),
    auditInsert(then, schema, created)
  ])
  t.strictSame(reported, [created])
})

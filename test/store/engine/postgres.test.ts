import pg from 'pg'
import type { Test } from 'tap'
import { openPostgres } from '../../../src/store/engine/postgres.ts'
import { openStore } from '../../../src/store/open.ts'
import { pgTest } from '../../support/pg-test.ts'
import { createStore, event, newSession, newUser, openEngine } from '../../support/store.ts'

/** A connection past the store, closed when the test ends. */
async function connect(t: Test, connectionString: string) {
  const client = new pg.Client({ connectionString })
  await client.connect()
  t.teardown(() => client.end())
  return client
}

/** The number of transactions that wrote the audit trail. */
async function countTransactions(client: pg.Client) {
  const { rows } = await client.query('SELECT count(DISTINCT xmin::text)::int AS count FROM audit')
  return rows[0].count
}

pgTest('writes that arrive together share a transaction and its commit (decision 23)', async t => {
  const { store, url } = await createStore(t, 'postgres')
  const client = await connect(t, url)
  const actions = Array.from({ length: 60 }, (_, n) => `action-${n}`)
  await Promise.all(actions.map(action => store.audit.record(event(action))))
  t.equal(await countTransactions(client), 1)
  const { rows } = await client.query('SELECT action FROM audit ORDER BY seq')
  t.strictSame(
    rows.map(({ action }) => action),
    actions
  )
  t.match(await store.audit.verify(), { events: 60, broken: undefined })
  await store.audit.record(event('later'))
  t.equal(await countTransactions(client), 2)
})

pgTest('a failed write does not affect others that share its commit (decision 23)', async t => {
  const { store, trail } = await createStore(t, 'postgres')
  const user = newUser('alice')
  const results = await Promise.allSettled([
    store.users.insert(user, event('user.created')),
    store.sessions.insert(newSession('unknown'), event('refused by a foreign key')),
    store.users.insert(newUser('dora', { createdAt: new Date(Number.NaN) }), event('refused by the driver')),
    store.users.insert(newUser('carol'), event('user.created'))
  ])
  t.match(results, [
    { status: 'fulfilled', value: { username: 'alice' } },
    { status: 'rejected', reason: { name: 'StoreError', code: 'failed', driverCode: '23503' } },
    { status: 'rejected', reason: { name: 'StoreError', code: 'failed' } },
    { status: 'fulfilled', value: { username: 'carol' } }
  ])
  t.strictSame(
    (await trail()).map(({ action }) => action),
    ['user.created', 'user.created'],
    'failed writes leave no event'
  )
})

pgTest('a write to a locked row fails after a second, and the writes that share its commit succeed', async t => {
  const { store, url, trail } = await createStore(t, 'postgres')
  const [alice, bob] = [newUser('alice'), newUser('bob')]
  for (const user of [alice, bob]) await store.users.insert(user, event('user.created'))
  const operator = await connect(t, url)
  await operator.query('BEGIN')
  await operator.query('SELECT id FROM users WHERE id = $1 FOR UPDATE', [alice.id])
  const results = await Promise.allSettled([
    store.users.upgradeHash(alice.id, alice.passwordHash, 'better'),
    store.users.upgradeHash(bob.id, bob.passwordHash, 'better'),
    store.audit.record(event('another'))
  ])
  t.match(results, [
    { status: 'rejected', reason: { name: 'StoreError', code: 'unavailable', driverCode: '55P03' } },
    { status: 'fulfilled' },
    { status: 'fulfilled' }
  ])
  await operator.query('COMMIT')
  t.match(await store.users.byId(bob.id), { passwordHash: 'better' })
  t.match((await trail()).at(-1), { action: 'another' })
  await store.users.upgradeHash(alice.id, alice.passwordHash, 'better')
  t.match(await store.users.byId(alice.id), { passwordHash: 'better' })
})

pgTest('a lost connection fails all writes of its commit as unavailable, and repeats none', async t => {
  const { url } = await createStore(t, 'postgres')
  const store = await openStore(url, () => {})
  t.teardown(() => store.close())
  const [operator, watcher] = [await connect(t, url), await connect(t, url)]
  // Holds back the first statement of both, while they are cut.
  await operator.query('BEGIN')
  await operator.query('LOCK TABLE audit')
  const both = Promise.allSettled(['one', 'two'].map(action => store.audit.record(event(action))))
  const waiting = async () => {
    const { rows } = await watcher.query(
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return rows
  }
  let rows = await waiting()
  for (let tries = 0; tries < 200 && rows.length === 0; tries++) rows = await waiting()
  t.equal(rows.length, 1, 'one connection, for both')
  await watcher.query('SELECT pg_terminate_backend($1)', [rows[0].pid])
  await operator.query('COMMIT')
  for (const one of await both)
    t.match(one, { status: 'rejected', reason: { name: 'StoreError', code: 'unavailable' } })
  t.strictSame((await operator.query('SELECT action FROM audit')).rows, [])
  await store.audit.record(event('three'))
  t.match(await store.audit.verify(), { events: 1, broken: undefined })
})

pgTest('closing waits for pending writes', async t => {
  const { url } = await createStore(t, 'postgres')
  const engine = openPostgres(url)
  const { users } = engine.schema
  const written = engine.atomic(tx => [tx.insert(users).values(newUser('alice')).returning()])
  await engine.close()
  t.match(await written, [{ username: 'alice' }])
  const { db } = openEngine(t, url)
  t.equal((await db.select().from(users)).length, 1)
})

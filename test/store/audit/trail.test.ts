import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { mostSealed } from '../../../src/store/audit/seals.ts'
import { createAuditStore } from '../../../src/store/audit/trail.ts'
import type { Build } from '../../../src/store/engine/dialect.ts'
import { connect } from '../../support/locks.ts'
import { engineTest, pgTest } from '../../support/pg-test.ts'
import { plansOf } from '../../support/plans.ts'
import { createSealedTrail, newestAt, noTime, sealedAt, sealKey, trusted } from '../../support/sealed-trail.ts'
import { at, createStore, event, execute, openEngine, openNode, recordMany, stopAfter } from '../../support/store.ts'

t.test('SQLite finds events by their seal, although ANALYZE has run while none was sealed', async t => {
  const { url } = await createSealedTrail(t, 'sqlite', { seals: 0 })
  await recordMany(url, 3 * mostSealed)
  // The `sqlite3` of some systems stores no samples.
  await execute(url, 'ANALYZE; DROP TABLE IF EXISTS sqlite_stat4')
  const { audit } = await openNode(t, url)
  const plans = await plansOf(t, url, async () => {
    t.equal(await audit.seal(sealKey, at(0), stopAfter(2)), 2 * mostSealed)
    t.strictSame(await audit.unsealedSince(), at(2 * mostSealed))
    t.equal((await audit.state()).unsealed, mostSealed)
    t.match(await audit.verify(trusted), { events: 2 * mostSealed, unsealed: mostSealed, broken: undefined })
  })
  const reads = plans.filter(plan => / audit\b/.test(plan))
  t.ok(reads.length > 8)
  for (const plan of reads) t.match(plan, /SEARCH audit USING (COVERING )?INDEX audit_seal/)
})

engineTest('A seal covers the events that have none, in the order of their numbers', async (t, engine) => {
  const trail = await createSealedTrail(t, engine, { seals: 0 })
  t.equal(await trail.audit.seal(sealKey, at(0)), 0, 'no seal without events')
  t.strictSame(await trail.seals(), [])
  for (const action of ['one', 'two']) await trail.audit.record(event(action))
  t.equal(await trail.audit.seal(sealKey, at(1)), 2)
  t.equal(await trail.audit.seal(sealKey, at(2)), 0)
  await trail.audit.record(event('three'))
  t.equal(await trail.audit.seal(sealKey, at(3)), 1)
  t.match(await trail.rows(), [{ seal: 1 }, { seal: 1 }, { seal: 2 }])
  t.match(await trail.seals(), [
    { number: 1, previous: '', events: 2, at: at(1) },
    { number: 2, previous: (await trail.linkOf(1)).hash, events: 1, at: at(3) }
  ])
  t.match(await trail.verify(), { events: 3, newest: await trail.linkOf(2), unsealed: 0, broken: undefined })
})

engineTest('A seal covers at most a thousand events', async (t, engine) => {
  const trail = await createSealedTrail(t, engine, { seals: 0 })
  await recordMany(trail.url, 2 * mostSealed + 1)
  t.equal(await trail.audit.seal(sealKey, at(0), stopAfter(1)), mostSealed)
  for (const count of [mostSealed + 1, 0]) t.equal(await trail.audit.seal(sealKey, at(0)), count)
  t.match(await trail.verify(), { events: 2 * mostSealed + 1, newest: { number: 3 }, unsealed: 0 })
})

engineTest('An event with an invalid time or detail is sealed, and named by verification', async (t, engine) => {
  const trail = await createSealedTrail(t, engine, { seals: 1 })
  for (const change of ["detail = 'null'", `detail = '"x"'`, `at = ${noTime(engine)}`])
    await trail.tamper(`UPDATE audit SET ${change}, seal = NULL WHERE seq = 2; DELETE FROM seals`, async () => {
      await execute(trail.url, 'UPDATE audit SET seal = NULL')
      t.equal(await trail.audit.seal(sealKey, at(9)), 3, change)
      t.equal(await trail.fault(), 'event 2 has an invalid number, time or detail')
    })
})

engineTest('An event whose number is past 53 bits is never sealed, and the others are', async (t, engine) => {
  const trail = await createSealedTrail(t, engine, { seals: 1 })
  for (const seq of ['9007199254740993', '9223372036854775807', '-9223372036854775807'])
    await trail.tamper(`UPDATE audit SET seq = ${seq}, seal = NULL WHERE seq = 3; DELETE FROM seals`, async () => {
      await execute(trail.url, 'UPDATE audit SET seal = NULL')
      t.equal(await trail.audit.seal(sealKey, at(9)), 2, seq)
      t.equal(await trail.audit.seal(sealKey, at(9)), 0, seq)
      t.equal(await trail.fault(), `event ${Number(seq)} has an invalid number, time or detail`)
      t.strictSame(await trail.audit.unsealedSince(), at(3))
    })
})

engineTest('A seal that fails, or whose number is taken, leaves no event half-sealed', async (t, engine) => {
  const trail = await createSealedTrail(t, engine, { seals: 1 })
  await trail.audit.record(event('new'))
  const underneath = openEngine(t, trail.url)
  const late = createAuditStore({
    ...underneath,
    async atomic<T>(build: Build<T>) {
      t.equal(await trail.audit.seal(sealKey, sealedAt(2)), 1)
      return await underneath.atomic(build)
    }
  })
  t.equal(await late.seal(sealKey, sealedAt(3)), 0)
  t.match(await trail.verify(), { events: 4, newest: { number: 2 }, unsealed: 0, broken: undefined })

  await trail.audit.record(event('newer'))
  const failing = createAuditStore({
    ...underneath,
    atomic: <T>(build: Build<T>) =>
      underneath.atomic<T>((tx, then) => [
        ...build(tx, then),
        then.insert(underneath.schema.audit, event(null as never))
      ])
  })
  await t.rejects(failing.seal(sealKey, sealedAt(3)))
  t.match(await trail.verify(), { events: 4, newest: { number: 2 }, unsealed: 1, broken: undefined })
  t.equal(await trail.audit.seal(sealKey, sealedAt(3)), 1)
  t.match(await trail.verify(), { events: 5, newest: { number: 3 }, unsealed: 0, broken: undefined })
})

engineTest('Several stores that seal at once leave every event in one seal', async (t, engine) => {
  const { url, store } = await createStore(t, engine)
  const stores = [store, await openNode(t, url), await openNode(t, url)]
  let writing = true
  const sealing = stores.map(async ({ audit }) => {
    let sealed = 0
    while (writing || (await audit.unsealedSince())) {
      sealed += await audit.seal(sealKey, at(0))
      await sleep(1)
    }
    return sealed
  })
  const count = 60
  await Promise.all(
    stores.map(async ({ audit }) => {
      for (let n = 0; n < count; n += 3) {
        await Promise.all([1, 2, 3].map(() => audit.record(event('written'))))
        if (n % 15 === 0) t.match(await audit.verify(trusted), { broken: undefined }, 'while others write and seal')
      }
    })
  )
  writing = false
  const sealed = (await Promise.all(sealing)).reduce((sum, each) => sum + each, 0)
  t.equal(sealed, 3 * count)
  t.match(await store.audit.verify(trusted), { events: 3 * count, unsealed: 0, broken: undefined })
})

engineTest('The events of a seal are exported with it, one more when one was added', async (t, engine) => {
  const trail = await createSealedTrail(t, engine)
  const [, two] = await trail.seals()
  if (!two) return t.fail()
  t.strictSame(
    (await trail.audit.ofSeal(two)).map(({ seq }) => seq),
    [4, 5, 6]
  )
  t.strictSame(
    (await trail.audit.sealsAfter(1)).map(({ number }) => number),
    [2, 3]
  )
  t.strictSame(await trail.audit.sealsAfter(2 ** 60), [], 'a number past 53 bits cannot be queried')
  const invalid = { name: 'StoreError', message: /invalid event/ }
  await t.rejects(trail.audit.ofSeal({ ...two, at: new Date(Number.NaN) }), invalid)
  await trail.tamper("UPDATE audit SET detail = 'null' WHERE seq = 5", () =>
    t.rejects(trail.audit.ofSeal(two), invalid)
  )
  await trail.tamper('DELETE FROM audit WHERE seq = 5', async () =>
    t.equal((await trail.audit.ofSeal(two)).length, 2, 'a missing event is for the reader to find')
  )
  await recordMany(trail.url, 1500)
  await trail.tamper('UPDATE audit SET seal = 2', async () => t.equal((await trail.audit.ofSeal(two)).length, 1001))
  t.strictSame((await trail.audit.unsealedAfter()).length, 1000)
  t.strictSame((await trail.audit.unsealedAfter(1008)).length, 501)
  await trail.audit.prune(newestAt(3), event('audit.pruned'), sealKey, { trusted })
  await t.rejects(trail.audit.ofSeal(two), {
    name: 'StoreError',
    code: 'unavailable',
    message: /pruned while they were read/
  })
  const [pruned] = await trail.seals()
  if (pruned) t.strictSame(await trail.audit.ofSeal(pruned), [])
})

pgTest('Rows copied into a new PostgreSQL database, with the sequence, go on sealing', async t => {
  const trail = await createSealedTrail(t, 'postgres')
  await trail.audit.record(event('not sealed yet'))
  const copy = await createStore(t, 'postgres')
  const there = openEngine(t, copy.url)
  await there.db.insert(there.schema.audit).values(await trail.rows())
  await there.db.insert(there.schema.seals).values(await trail.seals())
  await execute(copy.url, "SELECT setval(pg_get_serial_sequence('audit', 'seq'), (SELECT max(seq) FROM audit))")
  const { audit } = copy.store
  t.match(await audit.verify(trusted, await trail.linkOf(3)), { events: 9, unsealed: 1, broken: undefined })
  await audit.record(event('after the restoration'))
  t.equal(await audit.seal(sealKey, sealedAt(4)), 2)
  t.match(await audit.verify(trusted), { events: 11, newest: { number: 4 }, unsealed: 0, broken: undefined })
})

pgTest('An event that commits late is in a later seal, whatever its number', async t => {
  const trail = await createSealedTrail(t, 'postgres', { seals: 0 })
  const clients = await Promise.all([1, 2, 3].map(() => connect(t, trail.url)))
  for (const [n, client] of clients.entries()) {
    await client.query('BEGIN')
    await client.query("INSERT INTO audit (at, action, detail) VALUES (now(), $1, '{}')", [`late ${n}`])
  }
  await trail.audit.record(event('early'))
  t.equal(await trail.audit.seal(sealKey, at(0)), 1)
  for (const n of [2, 0]) {
    await clients[n]?.query('COMMIT')
    t.equal(await trail.audit.seal(sealKey, at(0)), 1)
  }
  await clients[1]?.query('ROLLBACK')
  t.equal(await trail.audit.seal(sealKey, at(0)), 0)
  t.strictSame(
    (await trail.rows()).map(({ seq, action, seal }) => [seq, action, seal]),
    [
      [1, 'late 0', 3],
      [3, 'late 2', 2],
      [4, 'early', 1]
    ]
  )
  t.match(await trail.verify(), { events: 3, newest: { number: 3 }, broken: undefined })
})

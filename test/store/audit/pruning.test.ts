import { hash } from 'node:crypto'
import t, { type Test } from 'tap'
import { eventText, type Link } from '../../../src/store/audit/chain.ts'
import type { AuditEvent } from '../../../src/store/audit/events.ts'
import { createAuditStore } from '../../../src/store/audit/trail.ts'
import type { Build } from '../../../src/store/engine/dialect.ts'
import { type EngineName, engines } from '../../support/engines.ts'
import { at, createStore, event, execute, openEngine, recordMany, stopAfter } from '../../support/store.ts'

/** A row that continues the chain after `before`, as an attacker who can compute hashes would write it. */
const chained = (before: Link, made: AuditEvent) => ({
  ...made,
  seq: before.seq + 1,
  hash: hash('sha256', before.hash + eventText(made))
})

const pruned = (seconds = 0) => event('audit.pruned', { at: at(seconds), actor: 'cli' })

const changed = 'was changed, or the event before it was'
const outside = (first: number) => `is not part of the chain, which begins with event ${first}`

/** An audit trail of `count` events, one second apart. */
async function withTrail(t: Test, engine: EngineName, count = 6) {
  const { url, store } = await createStore(t, engine)
  for (let n = 1; n <= count; n++) await store.audit.record(event('changed', { at: at(n), detail: { n } }))
  const { audit } = store
  const rows = async () => (await audit.next())?.rows ?? []
  const seqs = async () => (await rows()).map(({ seq }) => seq)
  const places = new Map((await rows()).map(({ seq, hash }) => [seq, { seq, hash: String(hash) }]))
  return { url, audit, rows, seqs, placeOf: (seq: number) => places.get(seq) as Link }
}

for (const engine of engines) {
  t.test(`pruning on ${engine}`, async t => {
    t.test('deletes older events, records where the chain continues, and leaves it intact', async t => {
      const { audit, rows, placeOf } = await withTrail(t, engine)
      t.strictSame(await audit.prune(at(3), pruned(10)), { deleted: 2 }, 'an event of exactly that age stays')
      const [first, ...others] = await rows()
      t.match(first, { seq: 3, detail: { n: 3 } })
      t.match(others.at(-1), {
        seq: 7,
        at: at(10),
        action: 'audit.pruned',
        actor: 'cli',
        subject: 'audit',
        detail: placeOf(2)
      })
      t.match(await audit.verify(), { events: 5, unchained: 0, newest: { seq: 7 }, broken: undefined })
      t.match(await audit.verify(placeOf(5)), { broken: undefined })
      t.match(await audit.verify(placeOf(2)), { broken: undefined }, 'the last pruned row is recorded')
      t.match((await audit.verify({ seq: 2, hash: 'x' })).broken, { seq: 2, fault: /different hash/ })
      t.match((await audit.verify(placeOf(1))).broken, { seq: 1, fault: /was pruned/ })
    })

    t.test('leaves the chain intact when it runs twice, deletes everything, or deletes nothing', async t => {
      const { audit, seqs } = await withTrail(t, engine)
      t.strictSame(await audit.prune(at(1), pruned()), { deleted: 0 })
      t.strictSame(await seqs(), [1, 2, 3, 4, 5, 6], 'no event if nothing was deleted')
      t.strictSame(await audit.prune(at(3), pruned(7)), { deleted: 2 })
      t.strictSame(await audit.prune(at(3), pruned(7)), { deleted: 0 })
      t.strictSame(await audit.prune(at(5), pruned(8)), { deleted: 2 })
      t.strictSame(await seqs(), [5, 6, 7, 8])
      t.match(await audit.verify(), { events: 4, broken: undefined })
      t.strictSame(await audit.prune(at(100), pruned(9)), { deleted: 3 })
      t.strictSame(await seqs(), [8, 9], 'the newest row stays, because the chain continues from it')
      t.match(await audit.verify(), { events: 2, newest: { seq: 9 }, broken: undefined })
      await audit.record(event('next'))
      t.match(await audit.verify(), { events: 3, newest: { seq: 10 }, broken: undefined })
    })

    t.test('stops at the first row that is young enough, even if older rows follow (decision 23)', async t => {
      const { audit, seqs } = await withTrail(t, engine, 2)
      await audit.record(event('from the future', { at: at(1000) }))
      await audit.record(event('later', { at: at(3) }))
      t.strictSame(await audit.prune(at(100), pruned(4)), { deleted: 2 })
      t.strictSame(await seqs(), [3, 4, 5])
    })

    t.test(
      'works in steps, each with its event, so that an interrupted run leaves the chain intact (decision 23)',
      async t => {
        const { url, audit, rows, seqs } = await withTrail(t, engine, 1)
        await recordMany(t, url, 2100)
        t.strictSame(await audit.prune(at(5000), pruned(5000)), { deleted: 2100 })
        t.strictSame(await seqs(), [2101, 2102, 2103, 2104])
        t.strictSame(
          (await rows()).slice(1).map(({ detail }) => detail.seq),
          [999, 1999, 2100]
        )
        t.match(await audit.verify(), { events: 4, broken: undefined })
        await execute(url, 'DELETE FROM audit WHERE seq > 2103')
        t.match((await audit.verify()).broken, { seq: 2000, fault: 'is missing' }, 'a missing event of a step is found')
      }
    )

    t.test('stops early with an intact chain when the server closes', async t => {
      const { url, audit } = await withTrail(t, engine, 1)
      await recordMany(t, url, 2100)
      let deleted = 0
      for (let looks = 0; deleted === 0; looks++)
        deleted = (await audit.prune(at(5000), pruned(5000), { stop: stopAfter(looks) })).deleted
      t.ok(deleted < 2100)
      t.match(await audit.verify(), { events: 2102 - deleted, broken: undefined })
    })

    t.test('does not count or delete twice when several run at once', async t => {
      const { url, audit, seqs } = await withTrail(t, engine, 1)
      await recordMany(t, url, 2100)
      const counts = await Promise.all([1, 2, 3].map(() => audit.prune(at(5000), pruned(5000))))
      const [first = 0, ...others] = await seqs()
      t.ok(first > 2100)
      t.equal(
        counts.reduce((sum, { deleted }) => sum + deleted, 0),
        first - 1
      )
      t.match(await audit.verify(), { events: 1 + others.length, broken: undefined })
    })

    t.test('reports an altered row and deletes nothing, unless told to (decision 23)', async t => {
      const { url, audit, rows, seqs } = await withTrail(t, engine)
      const { db, schema } = openEngine(t, url)
      const whole = await rows()
      const columns = 'at, action, actor, subject, client_id, ip, detail, hash'
      const forged = (seq: number) =>
        `INSERT INTO audit (seq, ${columns}) SELECT ${seq}, ${columns} FROM audit WHERE seq = 1`
      for (const [statement, broken, left] of [
        ["UPDATE audit SET actor = 'mallory' WHERE seq = 2", { seq: 2, fault: changed }, [4, 5, 6, 7]],
        ["UPDATE audit SET actor = 'mallory' WHERE seq = 4", { seq: 4, fault: changed }, [4, 5, 6, 7]],
        ['DELETE FROM audit WHERE seq = 2', { seq: 2, fault: 'is missing' }, [4, 5, 6, 7]],
        ['UPDATE audit SET hash = NULL WHERE seq < 5', { seq: 5, fault: changed }, [4, 5, 6, 7]],
        ['UPDATE audit SET hash = NULL', { seq: 6, fault: /^has no hash/ }, [4, 5, 6, 7]],
        [forged(-4), { seq: -4, fault: outside(1) }, [4, 5, 6, 7]],
        [`DELETE FROM audit WHERE seq > 1; ${forged(0)}`, { seq: 0, fault: outside(1) }, [1, 2]]
      ] as const) {
        await execute(url, statement)
        const before = await rows()
        t.match(await audit.prune(at(4), pruned(7)), { deleted: 0, broken }, statement)
        t.strictSame(await rows(), before, 'nothing was deleted or recorded')
        const { length } = before
        t.strictSame(await audit.prune(at(4), pruned(7), { evenBroken: true }), { deleted: length + 1 - left.length })
        t.strictSame(await seqs(), left)
        t.match((await rows()).at(-1), { action: 'audit.pruned', actor: 'cli', detail: { broken: broken.seq } })
        await db.delete(schema.audit)
        await db.insert(schema.audit).values(whole)
      }
      await execute(url, "UPDATE audit SET actor = 'mallory' WHERE seq = 5")
      t.strictSame(await audit.prune(at(4), pruned(7)), { deleted: 3 }, 'later events are left to verification')
      t.strictSame((await rows()).at(-1)?.detail, { seq: 3, hash: whole[2]?.hash })
    })

    t.test('rows inserted in place of deleted rows are found (decision 23)', async t => {
      const { url, audit, placeOf } = await withTrail(t, engine)
      await audit.prune(at(3), pruned(7))
      const { db, schema } = openEngine(t, url)
      for (const place of [placeOf(2), { seq: 2, hash: null }, { seq: 1, hash: placeOf(2)?.hash }, { seq: -7 }]) {
        await db.insert(schema.audit).values({ ...event('forged'), ...place } as never)
        const found = await audit.verify()
        t.strictSame(found.broken, { seq: place?.seq, fault: outside(3) })
        t.equal(found.events, 0)
        t.match((await audit.prune(at(4), pruned(8))).broken, { seq: place?.seq })
        await execute(url, 'DELETE FROM audit WHERE seq < 3')
      }
      t.match(await audit.verify(), { events: 5, broken: undefined })
    })

    t.test('removes old altered rows when told to, in steps, and nothing else (decision 23)', async t => {
      const { url, audit, rows, seqs, placeOf } = await withTrail(t, engine)
      await audit.prune(at(3), pruned(7))
      const { db, schema } = openEngine(t, url)
      const forged = Array.from({ length: 1200 }, (_, n) => ({ ...event('forged'), seq: 2 - n }))
      await db.insert(schema.audit).values(forged)
      t.strictSame(await audit.prune(at(3), pruned(8), { evenBroken: true }), { deleted: 1200 })
      t.strictSame(await seqs(), [3, 4, 5, 6, 7, 8, 9])
      for (const { detail } of (await rows()).slice(-2)) t.strictSame(detail, { ...placeOf(2), broken: 2 - 1199 })
      t.match(await audit.verify(), { events: 7, broken: undefined })
    })

    t.test('reports a manipulated time that would block it forever', async t => {
      const { url, audit } = await withTrail(t, engine)
      await execute(url, `UPDATE audit SET at = ${engine === 'sqlite' ? '9e13' : "'4821-12-27'"} WHERE seq = 1`)
      t.match(await audit.prune(at(4), pruned(7)), { deleted: 0, broken: { seq: 1, fault: changed } })
    })

    t.test('keeps a row without a place, and all rows after it, while that row is young', async t => {
      const { url, audit, seqs } = await withTrail(t, engine)
      await audit.prune(at(3), pruned(7))
      const { db, schema } = openEngine(t, url)
      for (const [seq, seconds] of [
        [-3, 1],
        [-2, 9],
        [-1, 1]
      ] as const)
        await db.insert(schema.audit).values({ ...event('forged', { at: at(seconds) }), seq })
      t.match(await audit.prune(at(1), pruned(10)), { deleted: 0, broken: { seq: -3 } })
      t.strictSame(await audit.prune(at(5), pruned(10), { evenBroken: true }), { deleted: 1 })
      t.strictSame(await seqs(), [-2, -1, 3, 4, 5, 6, 7, 8])
      t.match((await audit.verify()).broken, { seq: -2, fault: outside(3) })
      t.match(await audit.prune(at(5), pruned(10)), { deleted: 0, broken: { seq: -2 } }, 'and reports it')
      t.strictSame(await audit.prune(at(10), pruned(11), { evenBroken: true }), { deleted: 7 })
      t.match(await audit.verify(), { events: 2, broken: undefined })
    })

    t.test('deletes no young row because of a forged row (decision 23)', async t => {
      const { url, audit, rows, seqs, placeOf } = await withTrail(t, engine)
      const { db, schema } = openEngine(t, url)
      const whole = await rows()
      const says = (place: Link) => ({ ...pruned(7), subject: 'audit', detail: { ...place } })
      const filler = chained(placeOf(6), event('filler', { at: at(7) }))
      for (const [name, forged, broken] of [
        ['no hash', [{ ...says(placeOf(6)), seq: 7 }], { seq: 7, fault: changed }],
        ['some hash', [{ ...says(placeOf(6)), seq: 7, hash: 'x' }], { seq: 7, fault: changed }],
        ['a gap before it', [{ ...chained(placeOf(6), says(placeOf(6))), seq: 9 }], { seq: 7, fault: 'is missing' }],
        ['the next place', [chained(placeOf(6), says(placeOf(6)))], undefined],
        ['a number past 53 bits', [chained(placeOf(6), says({ seq: 2 ** 60, hash: 'x' }))], undefined],
        ['its own place', [chained(placeOf(6), says({ seq: 7, hash: 'x' }))], undefined],
        ['a row between', [filler, chained(filler, says(placeOf(6)))], { seq: 1, fault: outside(7) }]
      ] as const) {
        await db.insert(schema.audit).values([...forged])
        const before = await rows()
        t.strictSame((await audit.verify()).broken, broken, name)
        t.strictSame(await audit.prune(at(1), pruned(8), { evenBroken: true }), { deleted: 0 }, name)
        t.strictSame(await rows(), before, `${name}: nothing is deleted`)
        t.strictSame(await audit.prune(at(4), pruned(8), { evenBroken: true }), { deleted: 3 }, name)
        t.strictSame((await seqs()).slice(0, 3), [4, 5, 6], `${name}: old rows are deleted`)
        await db.delete(schema.audit)
        await db.insert(schema.audit).values(whole)
      }
    })

    t.test('leaves the rest to another pruning that ran after its check', async t => {
      const { url, audit, seqs } = await withTrail(t, engine)
      const underneath = openEngine(t, url)
      const slow = createAuditStore({
        ...underneath,
        async atomic<T>(build: Build<T>) {
          t.strictSame(await audit.prune(at(5), pruned(7)), { deleted: 4 })
          return await underneath.atomic(build)
        }
      })
      t.strictSame(await slow.prune(at(3), pruned(8)), { deleted: 0 })
      t.strictSame(await seqs(), [5, 6, 7])
      t.match(await audit.verify(), { events: 3, broken: undefined })
    })

    t.test('deletes no row that became young after the check', async t => {
      const { url, audit, seqs } = await withTrail(t, engine)
      const underneath = openEngine(t, url)
      const time = engine === 'sqlite' ? at(9).getTime() : `'${at(9).toISOString()}'`
      const slow = createAuditStore({
        ...underneath,
        async atomic<T>(build: Build<T>) {
          await execute(url, `UPDATE audit SET at = ${time} WHERE seq = 2`)
          return await underneath.atomic(build)
        }
      })
      t.strictSame(await slow.prune(at(4), pruned(7)), { deleted: 2 })
      t.strictSame(await seqs(), [2, 4, 5, 6, 7])
      t.strictSame((await audit.verify()).broken, { seq: 2, fault: outside(4) })
    })

    t.test('trusts the earlier pruning over a forged one (decision 23)', async t => {
      const { url, audit, placeOf } = await withTrail(t, engine)
      await audit.prune(at(3), pruned(7))
      const { db, schema } = openEngine(t, url)
      const forged = { ...pruned(8), subject: 'audit', detail: { ...placeOf(6) } }
      await db.insert(schema.audit).values({ ...forged, seq: 8, hash: 'x' })
      t.strictSame((await audit.verify()).broken, { seq: 8, fault: changed })
      t.strictSame(await audit.prune(at(4), pruned(9)), { deleted: 1 }, 'rows before it are still pruned')
      t.strictSame((await audit.verify()).broken, { seq: 8, fault: changed })
      await execute(url, 'DELETE FROM audit WHERE seq > 7')
      await db.insert(schema.audit).values(Array.from({ length: 10 }, (_, n) => ({ ...forged, seq: 8 + n, hash: 'x' })))
      t.match((await audit.verify()).broken, { seq: 1, fault: 'is missing' }, 'only a limited number of them is read')
    })

    t.test('hides nothing else: rows deleted or changed by hand are found', async t => {
      const { url, audit, rows } = await withTrail(t, engine)
      await audit.prune(at(3), pruned(7))
      const { db, schema } = openEngine(t, url)
      const whole = await rows()
      for (const [statement, broken] of [
        ['DELETE FROM audit WHERE seq = 3', { seq: 3, fault: 'is missing' }],
        ["UPDATE audit SET action = 'x' WHERE seq = 3", { seq: 3, fault: /was changed/ }],
        ["UPDATE audit SET action = 'x' WHERE seq = 7", { seq: 1, fault: 'is missing' }],
        ['DELETE FROM audit WHERE seq = 7', { seq: 1, fault: 'is missing' }],
        [`UPDATE audit SET detail = '{"seq":3,"hash":"x"}' WHERE seq = 7`, { seq: 1, fault: 'is missing' }],
        [`UPDATE audit SET detail = '{"seq":"2"}' WHERE seq = 7`, { seq: 1, fault: 'is missing' }],
        [`UPDATE audit SET detail = 'null' WHERE seq = 7`, { seq: 1, fault: 'is missing' }]
      ] as const) {
        await execute(url, statement)
        t.match((await audit.verify()).broken, broken, statement)
        await db.delete(schema.audit)
        await db.insert(schema.audit).values(whole)
      }
    })
  })
}

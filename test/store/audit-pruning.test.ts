import t, { type Test } from 'tap'
import { type EngineName, engines } from '../support/engines.ts'
import { at, createStore, event, execute, openEngine, recordMany } from '../support/store.ts'

const pruned = (seconds = 0) => event('audit.pruned', { at: at(seconds), actor: 'cli' })

/** A trail of `count` events, a second apart. */
async function withTrail(t: Test, engine: EngineName, count = 6) {
  const { url, store } = await createStore(t, engine)
  for (let n = 1; n <= count; n++) await store.audit.record(event('changed', { at: at(n), detail: { n } }))
  const { audit } = store
  const rows = async () => (await audit.next(0))?.rows ?? []
  const seqs = async () => (await rows()).map(({ seq }) => seq)
  const places = new Map((await rows()).map(({ seq, hash }) => [seq, { seq, hash: String(hash) }]))
  return { url, audit, rows, seqs, placeOf: (seq: number) => places.get(seq) }
}

for (const engine of engines) {
  t.test(`pruning on ${engine}`, async t => {
    t.test('deletes what is older, says where the chain goes on, and leaves it whole (issue 7)', async t => {
      const { audit, rows, placeOf } = await withTrail(t, engine)
      t.equal(await audit.prune(at(3), pruned(10)), 2, 'what is exactly as old stays')
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
      t.match(await audit.verify(placeOf(2)), { broken: undefined }, 'the last that was pruned is known')
      t.match((await audit.verify({ seq: 2, hash: 'x' })).broken, { seq: 2, fault: /another hash/ })
      t.match((await audit.verify(placeOf(1) as never)).broken, { seq: 1, fault: /was pruned/ })
    })

    t.test('twice, of everything, and of nothing, leaves the chain whole', async t => {
      const { audit, seqs } = await withTrail(t, engine)
      t.equal(await audit.prune(at(1), pruned()), 0)
      t.strictSame(await seqs(), [1, 2, 3, 4, 5, 6], 'nothing old leaves no event')
      t.equal(await audit.prune(at(3), pruned(7)), 2)
      t.equal(await audit.prune(at(3), pruned(7)), 0)
      t.equal(await audit.prune(at(5), pruned(8)), 2)
      t.strictSame(await seqs(), [5, 6, 7, 8])
      t.match(await audit.verify(), { events: 4, broken: undefined })
      t.equal(await audit.prune(at(100), pruned(9)), 3)
      t.strictSame(await seqs(), [8, 9], 'the newest stays, for the chain goes on from it')
      t.match(await audit.verify(), { events: 2, newest: { seq: 9 }, broken: undefined })
      await audit.record(event('next'))
      t.match(await audit.verify(), { events: 3, newest: { seq: 10 }, broken: undefined })
    })

    t.test('stops at the first row that is young enough, whatever comes after it (decision 23)', async t => {
      const { audit, seqs } = await withTrail(t, engine, 2)
      await audit.record(event('from the future', { at: at(1000) }))
      await audit.record(event('later', { at: at(3) }))
      t.equal(await audit.prune(at(100), pruned(4)), 2)
      t.strictSame(await seqs(), [3, 4, 5])
    })

    t.test('finishes what was interrupted, which is not a fault meanwhile (decision 23)', async t => {
      const { url, audit, seqs, placeOf } = await withTrail(t, engine)
      const { seq, hash } = placeOf(4) ?? {}
      await execute(url, 'DELETE FROM audit WHERE seq < 3')
      t.match((await audit.verify()).broken, { seq: 1, fault: 'is missing' })
      await audit.record({ ...pruned(7), subject: 'audit', detail: { seq: Number(seq), hash: String(hash) } })
      t.match(await audit.verify(), { events: 5, broken: undefined })
      t.equal(await audit.prune(at(0), pruned(8)), 2)
      t.strictSame(await seqs(), [5, 6, 7])
      t.match(await audit.verify(), { events: 3, broken: undefined })
    })

    t.test('more than one statement deletes, and of several at once one does', async t => {
      const { url, audit, seqs } = await withTrail(t, engine, 1)
      await recordMany(t, url, 2100)
      const counts = await Promise.all([1, 2, 3].map(() => audit.prune(at(5000), pruned(5000))))
      t.equal(
        counts.reduce((sum, count) => sum + count),
        2100
      )
      t.strictSame(await seqs(), [2101, 2102], 'and there is one event')
      t.match(await audit.verify(), { events: 2, broken: undefined })
    })

    t.test('hides nothing else: what is deleted or changed by hand is found (issue 7)', async t => {
      const { url, audit, rows } = await withTrail(t, engine)
      await audit.prune(at(3), pruned(7))
      const { db, schema } = openEngine(t, url)
      const whole = await rows()
      for (const [statement, broken] of [
        ['DELETE FROM audit WHERE seq = 3', { seq: 3, fault: 'is missing' }],
        ["UPDATE audit SET action = 'x' WHERE seq = 3", { seq: 3, fault: /was changed/ }],
        ["UPDATE audit SET action = 'x' WHERE seq = 7", { seq: 1, fault: 'is missing' }],
        ['DELETE FROM audit WHERE seq = 7', { seq: 1, fault: 'is missing' }],
        [`UPDATE audit SET detail = '{"seq":3,"hash":"x"}' WHERE seq = 7`, { seq: 3, fault: /another hash/ }]
      ] as const) {
        await execute(url, statement)
        t.match((await audit.verify()).broken, broken, statement)
        await db.delete(schema.audit)
        await db.insert(schema.audit).values(whole)
      }
    })
  })
}

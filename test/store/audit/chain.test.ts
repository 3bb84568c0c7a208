import t, { type Test } from 'tap'
import { type Anchor, eventText, verifyChain } from '../../../src/store/audit/chain.ts'
import type { AuditRow } from '../../../src/store/audit/events.ts'
import { type EngineName, engines } from '../../support/engines.ts'
import { at, createStore, event, execute, openEngine, recordMany } from '../../support/store.ts'

/** An audit trail of five events, and the places of its rows. */
async function withTrail(t: Test, engine: EngineName) {
  const { url, store } = await createStore(t, engine)
  for (let n = 1; n <= 5; n++) {
    const about = { actor: 'alice', subject: 'bob', clientId: 'web', ip: '192.0.2.1', detail: { n } }
    await store.audit.record(event('changed', { at: at(n), ...about }))
  }
  const rows = (await store.audit.next(0))?.rows as AuditRow[]
  const placeOf = (seq: number) => ({ seq, hash: String(rows[seq - 1]?.hash) })
  return { url, store, rows, placeOf, verify: store.audit.verify }
}

const changed = 'was changed, or the event before it was'
const other = 'has a different hash than expected'
const unreadable = 'has an invalid time or detail'
const noChain = 'has no hash, and no later event has one: the chain has not begun, or was removed'
const outside = 'is not part of the chain, which begins with event 1'
const zeros = '0'.repeat(64)

/** Lowers the numbers in two steps, because PostgreSQL checks uniqueness row by row, in no particular order. */
const renumber = (by: number, which: string) =>
  `UPDATE audit SET seq = seq + 1000 WHERE ${which}; UPDATE audit SET seq = seq - ${1000 + by} WHERE seq > 1000`

for (const engine of engines) {
  t.test(`changes made to the table by hand are found on ${engine}`, async t => {
    const { url, rows, verify } = await withTrail(t, engine)
    const { db, schema } = openEngine(t, url)
    const json = engine === 'sqlite' ? `'{"n":4}'` : `'{"n":4}'::jsonb`
    const time = engine === 'sqlite' ? 'at + 1' : "at + interval '1 millisecond'"
    for (const [statement, broken] of [
      [`UPDATE audit SET at = ${time} WHERE seq = 3`, { seq: 3, fault: changed }],
      ["UPDATE audit SET action = 'x' WHERE seq = 3", { seq: 3, fault: changed }],
      ["UPDATE audit SET actor = 'mallory' WHERE seq = 3", { seq: 3, fault: changed }],
      ['UPDATE audit SET actor = NULL WHERE seq = 3', { seq: 3, fault: changed }],
      ["UPDATE audit SET subject = 'x' WHERE seq = 3", { seq: 3, fault: changed }],
      ["UPDATE audit SET client_id = 'x' WHERE seq = 3", { seq: 3, fault: changed }],
      ["UPDATE audit SET ip = '192.0.2.2' WHERE seq = 3", { seq: 3, fault: changed }],
      [`UPDATE audit SET detail = ${json} WHERE seq = 3`, { seq: 3, fault: changed }],
      [`UPDATE audit SET hash = '${zeros}' WHERE seq = 3`, { seq: 3, fault: changed }],
      ['UPDATE audit SET hash = NULL WHERE seq = 3', { seq: 3, fault: changed }],
      ['UPDATE audit SET hash = NULL WHERE seq <= 3', { seq: 4, fault: changed }],
      ["UPDATE audit SET hash = NULL, actor = 'evil'", { seq: 5, fault: noChain }],
      ['UPDATE audit SET seq = 0 WHERE seq = 1', { seq: 0, fault: outside }],
      ['UPDATE audit SET seq = -7 WHERE seq = 5', { seq: -7, fault: outside }],
      ...['null', '[]', '{"n":{"n":3}}', '"{\\"n\\":3}"', ...(engine === 'sqlite' ? ['{bad', '{"n":1e999}'] : [])].map(
        detail => [`UPDATE audit SET detail = '${detail}' WHERE seq = 3`, { seq: 3, fault: unreadable }] as const
      ),
      ...(engine === 'sqlite'
        ? ['9e18', '-9e18', '8e14', '0.5', "'soon'", "'2026-01-31'", "x'00'"]
        : ["'infinity'", "'-infinity'", "'20000-01-01'", "'0026-01-31'", "'0044-03-15 BC'"]
      ).map(time => [`UPDATE audit SET at = ${time} WHERE seq = 3`, { seq: 3, fault: unreadable }] as const),
      [`UPDATE audit SET detail = '{"n":12345678901234567890}' WHERE seq = 3`, { seq: 3, fault: changed }],
      ["UPDATE audit SET action = 'x' WHERE seq = 5", { seq: 5, fault: changed }],
      ['DELETE FROM audit WHERE seq = 1', { seq: 1, fault: 'is missing' }],
      ['DELETE FROM audit WHERE seq = 3', { seq: 3, fault: 'is missing' }],
      ['DELETE FROM audit WHERE seq IN (2, 3)', { seq: 2, fault: 'is missing' }],
      [`DELETE FROM audit WHERE seq = 3; ${renumber(1, 'seq > 3')}`, { seq: 3, fault: changed }],
      [`DELETE FROM audit WHERE seq <= 2; ${renumber(2, 'seq > 2')}`, { seq: 1, fault: changed }],
      ['UPDATE audit SET seq = 9 WHERE seq = 4', { seq: 4, fault: 'is missing' }]
    ] as const) {
      await execute(url, statement)
      t.strictSame((await verify()).broken, broken, statement)
      await db.delete(schema.audit)
      await db.insert(schema.audit).values(rows)
    }
    t.match(await verify(), { events: 5, broken: undefined })
  })

  t.test(`comparing with a recorded place finds rows missing at the end, on ${engine} (decision 23)`, async t => {
    const { url, store, verify, placeOf } = await withTrail(t, engine)
    for (const seq of [1, 3, 5]) t.match(await verify(placeOf(seq)), { events: 5, broken: undefined })
    t.strictSame((await verify({ seq: 3, hash: zeros })).broken, { seq: 3, fault: other })
    t.strictSame((await verify({ seq: 6, hash: zeros })).broken, {
      seq: 6,
      fault: 'is missing: the trail ends with event 5'
    })

    await execute(url, 'DELETE FROM audit WHERE seq > 3')
    t.match(await verify(), { events: 3, broken: undefined }, 'they are not found without it')
    t.strictSame((await verify(placeOf(5))).broken, { seq: 5, fault: 'is missing: the trail ends with event 3' })
    for (let n = 0; n < 2; n++) await store.audit.record(event('put in their place'))
    t.match(await verify(), { events: 5, broken: undefined })
    t.strictSame((await verify(placeOf(5))).broken, { seq: 5, fault: other })
  })

  t.test(`an audit trail of several pages is verified, and an empty one is intact, on ${engine}`, async t => {
    const { url, store } = await createStore(t, engine)
    t.strictSame(await store.audit.verify(), { events: 0, unchained: 0, newest: { seq: 0, hash: '' } })
    await recordMany(t, url, 2100)
    t.match(await store.audit.verify(), { events: 2100, newest: { seq: 2100 }, broken: undefined })
  })
}

t.test('the text of an event does not depend on the order of its details (decision 23)', async t => {
  const [one, two] = [event('x', { detail: { a: 1, b: 'two', '3': true } }), event('x')]
  t.equal(eventText(one), eventText({ ...one, detail: { '3': true, b: 'two', a: 1 } }))
  t.equal(eventText(two), '[1769860800000,"x",null,null,null,null,{}]')
  const { actor, subject, clientId, ip, ...bare } = two
  t.equal(eventText(bare), eventText(two), 'missing members are null')
})

t.test('rows pruned during verification are not reported, and missing rows are (decision 23)', async t => {
  const { rows, placeOf } = await withTrail(t, 'sqlite')
  let anchor: Anchor = { seq: 0, hash: '', event: 0 }
  /** Pages of two rows, the first of which is read before a pruning. */
  function pages(deleted: number, announced: Anchor) {
    let reads = 0
    return async (after = 0) => {
      if (reads++ > 0) anchor = announced
      return rows.filter(({ seq }) => seq > (reads > 1 ? Math.max(after, deleted) : after)).slice(0, 2)
    }
  }
  const verify = (next: (after?: number) => Promise<AuditRow[]>) => verifyChain({ anchor: async () => anchor, next })
  t.match(await verify(pages(3, { ...placeOf(3), event: 5 })), { events: 2, newest: { seq: 5 }, broken: undefined })
  anchor = { seq: 0, hash: '', event: 0 }
  t.match(await verify(pages(3, anchor)), { broken: { seq: 3, fault: 'is missing' } })
})

import type { Test } from 'tap'
import type { AuditRow } from '../../../src/store/audit/events.ts'
import type { AuditFilter } from '../../../src/store/audit/pagination.ts'
import type { EngineName } from '../../support/engines.ts'
import { engineTest } from '../../support/pg-test.ts'
import { at, createStore, event, execute, recordMany } from '../../support/store.ts'

/** Six events, two of them at the same time, and one that was written out of order. */
async function withTrail(t: Test, engine: EngineName) {
  const { url, store } = await createStore(t, engine)
  const { audit } = store
  await audit.record(event('one', { at: at(1), subject: 'alice', actor: 'alice', detail: { session: 'first' } }))
  await audit.record(event('two', { at: at(2), subject: 'bob', actor: 'alice', clientId: 'web' }))
  await audit.record(event('two', { at: at(4), subject: 'alice', ip: '192.0.2.1' }))
  await audit.record(event('one', { at: at(3), subject: 'alice', actor: 'bob', clientId: 'web' }))
  await audit.record(event('one', { at: at(5), subject: 'alice', ip: '192.0.2.1' }))
  await audit.record(event('two', { at: at(5), subject: 'bob' }))
  return { url, audit }
}

engineTest('Pages return the events that match the filter, the latest first', async (t, engine) => {
  const { audit } = await withTrail(t, engine)
  for (const [filter, expected] of [
    [{}, [6, 5, 3, 4, 2, 1]],
    [{ action: 'one' }, [5, 4, 1]],
    [{ subject: 'alice' }, [5, 3, 4, 1]],
    [{ actor: 'alice' }, [2, 1]],
    [{ clientId: 'web' }, [4, 2]],
    [{ ip: '192.0.2.1' }, [5, 3]],
    [{ session: 'first' }, [1]],
    [{ session: "' OR 1=1 --" }, []],
    [{ since: at(3) }, [6, 5, 3, 4]],
    [{ until: at(3) }, [2, 1]],
    [{ since: at(2), until: at(5) }, [3, 4, 2]],
    [{ subject: 'alice', action: 'one', since: at(2) }, [5, 4]],
    [{ subject: 'alice', actor: 'alice', clientId: 'web' }, []]
  ] as [AuditFilter, number[]][]) {
    const seqs = (await audit.page(filter, 10)).rows.map(({ seq }) => seq)
    t.strictSame(seqs, expected, JSON.stringify(filter))
    const inOrder = (await audit.next(0, filter))?.rows.map(({ seq }) => seq)
    t.strictSame(inOrder, expected.toSorted(), `${JSON.stringify(filter)} in the order of the numbers`)
  }
})

engineTest('Pages follow each other without a gap, despite concurrent writes', async (t, engine) => {
  const { audit } = await withTrail(t, engine)
  for (const filter of [{}, { action: 'one' }, { subject: 'alice' }])
    for (const limit of [1, 2, 3]) {
      const { rows: all } = await audit.page(filter, 100)
      const found: AuditRow[] = []
      let page = await audit.page(filter, limit)
      await audit.record(event('one', { at: at(9), subject: 'alice' }))
      for (; page.next; page = await audit.page(filter, limit, page.next)) found.push(...page.rows)
      t.strictSame([...found, ...page.rows], all, `${JSON.stringify(filter)} by ${limit}`)
    }
})

engineTest('Pages begin at any position, also outside the times of the filter', async (t, engine) => {
  const { audit } = await withTrail(t, engine)
  const { rows } = await audit.page({}, 10)
  const times: [since: number, until: number][] = [
    [0, 9],
    [2, 5],
    [5, 9],
    [0, 2],
    [9, 9]
  ]
  for (const [index, end] of rows.entries())
    for (const [since, until] of times) {
      const page = await audit.page({ since: at(since), until: at(until) }, 10, end)
      const rest = rows.slice(index + 1).filter(row => row.at >= at(since) && row.at < at(until))
      t.strictSame(page.rows, rest, `${since} to ${until} before ${end.seq}`)
    }
})

engineTest('Pages find rare events in a long audit trail, and its end', async (t, engine) => {
  const { url, audit } = await withTrail(t, engine)
  await recordMany(url, 2200)
  await audit.record(event('one', { at: at(5000) }))
  const seqs = async (filter: AuditFilter, limit: number) =>
    (await audit.page(filter, limit)).rows.map(({ action, at }) => `${action} ${at.getTime()}`)
  const one = (seconds: number) => `one ${at(seconds).getTime()}`
  t.strictSame(await seqs({ action: 'one' }, 2), [one(5000), one(5)])
  t.strictSame(await seqs({ action: 'one' }, 10), [one(5000), one(5), one(3), one(1)])
  t.equal((await audit.page({ action: 'many' }, 2100)).rows.length, 2100)
  t.equal(await audit.newest(), 2207)
  const first = await audit.next(0, { action: 'one' })
  t.match(first, { last: 1000, rows: [{ seq: 1 }, { seq: 4 }, { seq: 5 }] })
  t.match(await audit.next(1000, { action: 'one' }), { last: 2000, rows: [] })
  t.match(await audit.next(2000, { action: 'one' }), { last: 2207, rows: [{ seq: 2207 }] })
  t.equal(await audit.next(2207), undefined)
  t.equal(await audit.next(2 ** 53), undefined, 'a number that cannot be queried')
})

engineTest('A page examines a bounded number of events, and lets others run in between', async (t, engine) => {
  const { url, audit } = await withTrail(t, engine)
  await recordMany(url, 12_000)
  let turns = 0
  const count = setInterval(() => turns++)
  t.teardown(() => clearInterval(count))
  const first = await audit.page({ ip: '192.0.2.1' }, 10)
  t.match(first, { rows: [], next: { seq: 2007 } }, 'ten thousand events without a match')
  t.ok(turns > 0, 'a timer fires during the search')
  const second = await audit.page({ ip: '192.0.2.1' }, 10, first.next)
  t.strictSame([second.rows.map(({ seq }) => seq), second.next], [[5, 3], undefined])
})

engineTest('Pages over many events of the same time are complete', async (t, engine) => {
  const { url, audit } = await withTrail(t, engine)
  await recordMany(url, 2500)
  await execute(url, `UPDATE audit SET at = (SELECT at FROM audit WHERE seq = 3), subject = 'alice' WHERE seq > 6`)
  const found: number[] = []
  let page = await audit.page({ subject: 'alice', action: 'many' }, 700)
  for (; page.next; page = await audit.page({ subject: 'alice', action: 'many' }, 700, page.next))
    found.push(...page.rows.map(({ seq }) => seq))
  t.strictSame(
    [...found, ...page.rows.map(({ seq }) => seq)],
    Array.from({ length: 2500 }, (_, n) => 2506 - n)
  )
})

engineTest('An unreadable row is refused and points to verification, and the others are read', async (t, engine) => {
  const { url, audit } = await withTrail(t, engine)
  const refusal = { name: 'StoreError', code: 'failed', message: /Run `sallyport audit verify`/ }
  const [details, times] =
    engine === 'sqlite'
      ? [
          ["'null'", "'{bad'", `'{"a":1e999}'`],
          ["'tomorrow'", '9e18', '-9e18']
        ]
      : [["'null'"], ["'infinity'", "'-infinity'", "'20000-01-01'"]]
  const changes = [...details.map(detail => `detail = ${detail}`), ...times.map(time => `at = ${time}`)]
  for (const change of [...changes, 'seq = 9223372036854775807']) {
    await execute(url, `CREATE TABLE kept AS SELECT * FROM audit; UPDATE audit SET ${change} WHERE seq = 3`)
    await t.rejects(audit.page({}, 10), refusal, change)
    await t.rejects(audit.next(), refusal, change)
    for (const filter of [{ subject: 'bob' }, { session: 'first' }]) {
      const readable = 'subject' in filter ? 2 : 1
      t.equal((await audit.page(filter, 10)).rows.length, readable, change)
      t.equal((await audit.next(0, filter))?.rows.length, readable, change)
    }
    await execute(url, 'DELETE FROM audit; INSERT INTO audit SELECT * FROM kept; DROP TABLE kept')
  }
})

engineTest('No page continues after an unreadable row', async (t, engine) => {
  const { url, audit } = await withTrail(t, engine)
  await recordMany(url, 2200)
  await execute(url, `UPDATE audit SET at = ${engine === 'sqlite' ? '9e18' : "'infinity'"} WHERE seq > 6`)
  await t.rejects(audit.page({ actor: 'alice' }, 10), { message: /Run `sallyport audit verify`/ })
})

engineTest('Rows with changed numbers are shown like any others, and an empty trail has none', async (t, engine) => {
  const { url, audit } = await withTrail(t, engine)
  await execute(url, 'UPDATE audit SET seq = 0 - seq WHERE seq > 4')
  t.strictSame(
    (await audit.page({}, 10)).rows.map(({ seq }) => seq),
    [-5, -6, 3, 4, 2, 1]
  )
  t.strictSame(
    (await audit.next())?.rows.map(({ seq }) => seq),
    [-6, -5, 1, 2, 3, 4]
  )
  await execute(url, 'DELETE FROM audit')
  t.strictSame([await audit.newest(), await audit.page({}, 10)], [0, { rows: [] }], 'an empty trail')
})

import t, { type Test } from 'tap'
import type { AuditRow } from '../../../src/store/audit/events.ts'
import type { AuditFilter } from '../../../src/store/audit/pagination.ts'
import { type EngineName, engines } from '../../support/engines.ts'
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

for (const engine of engines) {
  t.test(`pages on ${engine}`, async t => {
    t.test('return the events that match the filter, the latest first', async t => {
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

    t.test('follow each other without a gap, despite concurrent writes', async t => {
      const { audit } = await withTrail(t, engine)
      for (const filter of [{}, { action: 'one' }, { subject: 'alice' }]) {
        for (const limit of [1, 2, 3]) {
          const { rows: all } = await audit.page(filter, 100)
          const found: AuditRow[] = []
          let page = await audit.page(filter, limit)
          await audit.record(event('one', { at: at(9), subject: 'alice' }))
          for (; page.next; page = await audit.page(filter, limit, page.next)) {
            t.equal(page.rows.length, limit)
            found.push(...page.rows)
          }
          t.strictSame([...found, ...page.rows], all, `${JSON.stringify(filter)} by ${limit}`)
        }
      }
    })

    t.test('begin at any position, also outside the times of the filter', async t => {
      const { audit } = await withTrail(t, engine)
      const whole = [6, 5, 3, 4, 2, 1]
      const { rows } = await audit.page({}, 10)
      for (const end of rows)
        for (const [since, until] of [
          [0, 9],
          [2, 5],
          [5, 9],
          [0, 2],
          [9, 9]
        ] as const) {
          const seqs = (await audit.page({ since: at(since), until: at(until) }, 10, end)).rows.map(({ seq }) => seq)
          const isWithin = (seq: number) =>
            rows.some(row => row.seq === seq && row.at >= at(since) && row.at < at(until))
          t.strictSame(
            seqs,
            whole.slice(whole.indexOf(end.seq) + 1).filter(isWithin),
            `${since} to ${until} before ${end.seq}`
          )
        }
    })

    t.test('find rare events in a long audit trail, and its end', async t => {
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
  })

  t.test(`a page examines a bounded number of events, and lets others run in between, on ${engine}`, async t => {
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

  t.test(`pages over many events of the same time are complete, on ${engine}`, async t => {
    const { url, audit } = await withTrail(t, engine)
    await recordMany(url, 2500)
    await execute(url, `UPDATE audit SET at = (SELECT at FROM audit WHERE seq = 3), subject = 'alice' WHERE seq > 6`)
    const found: number[] = []
    let page = await audit.page({ subject: 'alice', action: 'many' }, 700)
    for (; page.next; page = await audit.page({ subject: 'alice', action: 'many' }, 700, page.next))
      found.push(...page.rows.map(({ seq }) => seq))
    found.push(...page.rows.map(({ seq }) => seq))
    t.strictSame(
      found,
      Array.from({ length: 2500 }, (_, n) => 2506 - n)
    )
  })

  t.test(`an unreadable row is refused and points to verification, on ${engine}`, async t => {
    const { url, audit } = await withTrail(t, engine)
    const isSqlite = engine === 'sqlite'
    const refusal = { name: 'StoreError', code: 'failed', message: /Run `sallyport audit verify`/ }
    for (const change of [
      ...['null', '[1]', '"text"', '{"a":{"b":1}}', '{"a":null}'].map(detail => `detail = '${detail}'`),
      ...(isSqlite ? ["detail = '{bad'", `detail = '{"a":1e999}'`] : []),
      ...(isSqlite ? ["'tomorrow'", '9e18', '-9e18'] : ["'infinity'", "'-infinity'", "'20000-01-01'"]).map(
        time => `at = ${time}`
      ),
      'seq = 9223372036854775807'
    ]) {
      await execute(url, `CREATE TABLE kept AS SELECT * FROM audit; UPDATE audit SET ${change} WHERE seq = 3`)
      await t.rejects(audit.page({}, 10), refusal, change)
      await t.rejects(audit.next(), refusal, change)
      t.equal((await audit.page({ subject: 'bob' }, 10)).rows.length, 2, 'the other events can be read')
      t.equal((await audit.next(0, { subject: 'bob' }))?.rows.length, 2)
      t.equal((await audit.page({ session: 'first' }, 10)).rows.length, 1)
      t.equal((await audit.next(0, { session: 'first' }))?.rows.length, 1)
      await execute(url, 'DELETE FROM audit; INSERT INTO audit SELECT * FROM kept; DROP TABLE kept')
    }
  })

  t.test(`no page continues after an unreadable row on ${engine}`, async t => {
    const { url, audit } = await withTrail(t, engine)
    await recordMany(url, 2200)
    await execute(url, `UPDATE audit SET at = ${engine === 'sqlite' ? '9e18' : "'infinity'"} WHERE seq > 6`)
    await t.rejects(audit.page({ actor: 'alice' }, 10), { message: /Run `sallyport audit verify`/ })
  })

  t.test(`rows with changed numbers are shown like any others on ${engine}`, async t => {
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
  })

  t.test(`the newest row of an empty audit trail is 0 on ${engine}`, async t => {
    const { store } = await createStore(t, engine)
    t.equal(await store.audit.newest(), 0)
    t.strictSame(await store.audit.page({}, 10), { rows: [] })
  })
}

import t, { type Test } from 'tap'
import type { AuditFilter } from '../../../src/store/audit/pagination.ts'
import { earliest, latest } from '../../../src/store/audit/time.ts'
import { type EngineName, engines } from '../../support/engines.ts'
import { at, createStore, event, execute, recordMany } from '../../support/store.ts'

/** Six events, two of them at one time, and one that was written later than its time. */
async function withTrail(t: Test, engine: EngineName) {
  const { url, store } = await createStore(t, engine)
  const { audit } = store
  await audit.record(event('one', { at: at(1), subject: 'alice', actor: 'alice' }))
  await audit.record(event('two', { at: at(2), subject: 'bob', actor: 'alice', clientId: 'web' }))
  await audit.record(event('two', { at: at(4), subject: 'alice', ip: '192.0.2.1' }))
  await audit.record(event('one', { at: at(3), subject: 'alice', actor: 'bob', clientId: 'web' }))
  await audit.record(event('one', { at: at(5), subject: 'alice', ip: '192.0.2.1' }))
  await audit.record(event('two', { at: at(5), subject: 'bob' }))
  return { url, audit }
}

for (const engine of engines) {
  t.test(`pages on ${engine}`, async t => {
    t.test('have what the filter lets through, the latest first', async t => {
      const { audit } = await withTrail(t, engine)
      for (const [filter, expected] of [
        [{}, [6, 5, 3, 4, 2, 1]],
        [{ action: 'one' }, [5, 4, 1]],
        [{ subject: 'alice' }, [5, 3, 4, 1]],
        [{ actor: 'alice' }, [2, 1]],
        [{ clientId: 'web' }, [4, 2]],
        [{ ip: '192.0.2.1' }, [5, 3]],
        [{ since: at(3) }, [6, 5, 3, 4]],
        [{ until: at(3) }, [2, 1]],
        [{ since: at(2), until: at(5) }, [3, 4, 2]],
        [{ subject: 'alice', action: 'one', since: at(2) }, [5, 4]],
        [{ subject: 'alice', actor: 'alice', clientId: 'web' }, []]
      ] as [AuditFilter, number[]][]) {
        const seqs = (await audit.page(filter, 10)).map(({ seq }) => seq)
        t.strictSame(seqs, expected, JSON.stringify(filter))
        const inOrder = (await audit.next(0, filter))?.rows.map(({ seq }) => seq)
        t.strictSame(inOrder, expected.toSorted(), `${JSON.stringify(filter)} in the order of the chain`)
      }
    })

    t.test('follow each other without a gap, whatever is written meanwhile', async t => {
      const { audit } = await withTrail(t, engine)
      for (const filter of [{}, { action: 'one' }, { subject: 'alice' }]) {
        for (const limit of [1, 2, 3]) {
          const all = await audit.page(filter, 100)
          const found = await audit.page(filter, limit)
          await audit.record(event('one', { at: at(9), subject: 'alice' }))
          for (let page = found; page.length > 0; found.push(...page))
            page = await audit.page(filter, limit, found.at(-1))
          t.strictSame(found, all, `${JSON.stringify(filter)} by ${limit}`)
        }
      }
    })

    t.test('what is rare is found in a long trail, and its end too (decision 23)', async t => {
      const { url, audit } = await withTrail(t, engine)
      await recordMany(t, url, 2200)
      await audit.record(event('one', { at: at(5000) }))
      const seqs = async (filter: AuditFilter, limit: number) =>
        (await audit.page(filter, limit)).map(({ action, at }) => `${action} ${at.getTime()}`)
      const one = (seconds: number) => `one ${at(seconds).getTime()}`
      t.strictSame(await seqs({ action: 'one' }, 2), [one(5000), one(5)])
      t.strictSame(await seqs({ action: 'one' }, 10), [one(5000), one(5), one(3), one(1)])
      t.equal((await audit.page({ action: 'many' }, 2100)).length, 2100)
      t.equal(await audit.newest(), 2207)
      const first = await audit.next(0, { action: 'one' })
      t.match(first, { last: 1000, rows: [{ seq: 1 }, { seq: 4 }, { seq: 5 }] })
      t.match(await audit.next(1000, { action: 'one' }), { last: 2000, rows: [] })
      t.match(await audit.next(2000, { action: 'one' }), { last: 2207, rows: [{ seq: 2207 }] })
      t.equal(await audit.next(2207), undefined)
    })
  })

  t.test(`a row that somebody has damaged hides no other on ${engine} (decision 23)`, async t => {
    const { url, audit } = await withTrail(t, engine)
    for (const [detail, unreadable] of [
      ['null', 'null'],
      ['[1]', '[1]'],
      ['"text"', '"text"'],
      ['{"a":{"b":1}}', '{"a":{"b":1}}'],
      ['{"a":null}', '{"a":null}'],
      ...(engine === 'sqlite' ? [['{bad', '{bad'] as const, ['{"a":1e999}', '{"a":1e999}'] as const] : [])
    ] as const) {
      await execute(url, `UPDATE audit SET detail = '${detail}' WHERE seq = 3`)
      for (const rows of [await audit.page({}, 10), (await audit.next())?.rows ?? []]) {
        t.equal(rows.length, 6)
        t.strictSame(rows.find(({ seq }) => seq === 3)?.detail, { unreadable }, detail)
      }
    }
  })

  t.test(`a time that is none hides no row, and no page ends or begins again at it, on ${engine}`, async t => {
    const { url, audit } = await withTrail(t, engine)
    const after = engine === 'sqlite' ? ["'tomorrow'", '9e18', "x'00'"] : ["'infinity'", "'20000-01-01'"]
    const before = engine === 'sqlite' ? ['-9e18', '-62135596800001.5'] : ["'-infinity'", "'0044-03-15 BC'"]
    for (const [times, time] of [
      [after, latest],
      [before, earliest]
    ] as const) {
      for (const one of times) {
        await execute(url, `UPDATE audit SET at = ${one} WHERE seq IN (2, 3, 5)`)
        const all = await audit.page({}, 10)
        const seqs = time === latest ? [5, 3, 2, 6, 4, 1] : [6, 4, 1, 5, 3, 2]
        t.strictSame([all.length, all.map(({ seq }) => seq)], [6, seqs], one)
        for (const { seq, at } of all) if ([2, 3, 5].includes(seq)) t.strictSame(at, time, one)
        for (const limit of [1, 2, 4]) {
          const found = await audit.page({}, limit)
          for (let page = found; page.length > 0 && found.length <= 6; found.push(...page))
            page = await audit.page({}, limit, found.at(-1))
          t.strictSame(found, all, `${one} by ${limit}`)
        }
        t.equal((await audit.next())?.rows.length, 6)
      }
    }
    for (const [n, time] of [after[0], after[1], before[0], before[1]].entries())
      await execute(url, `UPDATE audit SET at = ${time} WHERE seq = ${[3, 5, 2, 6][n]}`)
    await execute(url, `UPDATE audit SET at = ${engine === 'sqlite' ? '8e14' : "'10500-01-01'"} WHERE seq = 1`)
    for (const limit of [1, 2, 3, 4, 10]) {
      const found = await audit.page({}, limit)
      for (let page = found; page.length > 0 && found.length <= 6; found.push(...page))
        page = await audit.page({}, limit, found.at(-1))
      t.strictSame(
        found.map(({ seq }) => seq),
        [5, 3, 1, 4, 6, 2],
        `several by ${limit}`
      )
    }
    await execute(url, `INSERT INTO audit (seq, at, action, detail) VALUES (-9, ${after[0]}, 'none', '{}')`)
    t.match(await audit.page({ action: 'none' }, 1), [{ seq: -9 }])
  })

  t.test(`a filter finds what there is beyond a thousand rows of a time that is none, on ${engine}`, async t => {
    const { url, audit } = await withTrail(t, engine)
    await recordMany(t, url, 2200)
    for (const time of engine === 'sqlite' ? ['9e18', '-9e18'] : ["'infinity'", "'-infinity'"]) {
      await execute(url, `UPDATE audit SET at = ${time} WHERE seq > 6`)
      const seqs = (await audit.page({ actor: 'alice' }, 10)).map(({ seq }) => seq)
      t.strictSame(seqs, [2, 1], time)
      t.equal((await audit.page({ action: 'many' }, 3000)).length, 2200, time)
    }
  })

  t.test(`numbers past 53 bits are read once, and end what is read in their order, on ${engine}`, async t => {
    const { url, audit } = await withTrail(t, engine)
    const time = engine === 'sqlite' ? at(6).getTime() : `'${at(6).toISOString()}'`
    for (const [seq, shown] of [
      ['9007199254740993', [9007199254740992, 6]],
      ['9223372036854775807', [Number(2n ** 63n), 6]],
      ['-9223372036854775807', [6, 5]]
    ] as const) {
      await execute(url, `INSERT INTO audit (seq, at, action, detail) VALUES (${seq}, ${time}, 'far', '{}')`)
      const seqs: number[] = []
      for (let part = await audit.next(); part && seqs.length < 10; part = await audit.next(part.last))
        seqs.push(...part.rows.map(({ seq }) => seq))
      t.equal(seqs.length, 7, seq)
      t.ok(seqs.includes(Number(seq)), seq)
      const [first] = await audit.page({}, 1)
      t.strictSame([first?.seq, (await audit.page({}, 1, first))[0]?.seq], shown, seq)
      t.match(
        (await audit.verify()).broken,
        Number(seq) > 0 ? { seq: 7, fault: 'is missing' } : { seq: Number(seq), fault: /no place/ },
        seq
      )
      const end = at(Number(seq) > 0 ? 0 : 100)
      t.strictSame(await audit.prune(end, event('audit.pruned'), { evenBroken: true }), { deleted: 0 }, seq)
      await execute(url, "DELETE FROM audit WHERE action = 'far'")
    }
  })

  t.test(`rows that have no place in the chain are shown as others are on ${engine} (decision 23)`, async t => {
    const { url, audit } = await withTrail(t, engine)
    await execute(url, 'UPDATE audit SET seq = 0 - seq WHERE seq > 4')
    t.strictSame(
      (await audit.page({}, 10)).map(({ seq }) => seq),
      [-5, -6, 3, 4, 2, 1]
    )
    t.strictSame(
      (await audit.next())?.rows.map(({ seq }) => seq),
      [-6, -5, 1, 2, 3, 4]
    )
  })

  t.test(`the newest row of an empty trail is 0 on ${engine}`, async t => {
    const { store } = await createStore(t, engine)
    t.equal(await store.audit.newest(), 0)
    t.strictSame(await store.audit.page({}, 10), [])
  })
}

import { engineTest } from '../../support/pg-test.ts'
import { plansOf } from '../../support/plans.ts'
import { at, createStore, event, recordMany } from '../../support/store.ts'

engineTest('Events are counted in the order of an index, and others run in between', async (t, engine) => {
  const { url, store } = await createStore(t, engine)
  const range = { since: at(-1), until: at(99_999) }
  await recordMany(url, 12_000)
  let turns = 0
  const count = setInterval(() => turns++)
  t.teardown(() => clearInterval(count))
  const plans = await plansOf(t, url, async () => {
    const { rows, next } = await store.audit.counts('hour', range)
    t.equal(next, undefined)
    t.strictSame(
      rows.map(({ count }) => count),
      [1200, 3600, 3600, 3600]
    )
  })
  t.ok(turns > 0, 'a timer fires during the search')
  t.ok(plans.length > 1)
  for (const plan of plans) t.match(plan, /audit_at/)
})

engineTest('Many events of the same time are counted once, page by page', async (t, engine) => {
  const { url, store } = await createStore(t, engine)
  await recordMany(url, 120_000, 0)
  await store.audit.record(event('many', { at: at(1) }))
  let total = 0
  let end: Parameters<typeof store.audit.counts>[2]
  const pages: number[] = []
  do {
    const { rows, next } = await store.audit.counts('day', { since: at(0), until: at(9) }, end)
    pages.push(rows.length)
    total += rows.reduce((sum, { count }) => sum + count, 0)
    end = next
  } while (end)
  t.equal(total, 120_001)
  t.strictSame(pages, [1, 1])
})

import t from 'tap'
import { engines } from '../../support/engines.ts'
import { plansOf } from '../../support/plans.ts'
import { at, createStore, event, execute, recordMany } from '../../support/store.ts'

for (const engine of engines) {
  t.test(`refusals are counted in the order of an index, and others run in between, on ${engine}`, async t => {
    const { url, store } = await createStore(t, engine)
    await recordMany(url, 5000)
    const failure = { subject: 'u', ip: '192.0.2.1', detail: { reason: 'password', n: 1 } }
    await store.audit.record(event('login.failed', { ...failure, at: at(1) }))
    await store.audit.record(event('login.failed', { ...failure, at: at(4000), detail: { reason: 'password', n: 2 } }))
    await store.audit.record(event('throttle.refused', { at: at(2), detail: { counter: 'known', reason: 'other' } }))
    let turns = 0
    const count = setInterval(() => turns++)
    t.teardown(() => clearInterval(count))
    const found: unknown[] = []
    const plans = await plansOf(t, url, async () => {
      const actions = ['login.failed', 'throttle.refused']
      const oldest = await store.audit.refusals(actions, { since: at(0), until: at(9999) }, row => found.push(row))
      t.equal(oldest, undefined)
    })
    const { detail: _, ...about } = failure
    const failed = { action: 'login.failed', reason: 'password', ...about, count: 1 }
    const throttled = { action: 'throttle.refused', reason: 'known', subject: null, ip: null, count: 1 }
    t.strictSame(
      found.map(row => JSON.stringify(row)).sort(),
      [failed, failed, throttled].map(row => JSON.stringify(row))
    )
    t.ok(turns > 0, 'a timer fires during the search')
    t.ok(plans.length > 1)
    for (const plan of plans) t.match(plan, /audit_at/)
  })

  t.test(`the newest hundred thousand events are examined, on ${engine}`, async t => {
    const { url, store } = await createStore(t, engine)
    await recordMany(url, 100_001)
    let sum = 0
    const oldest = await store.audit.refusals(['many'], {}, ({ count }) => {
      sum += count
    })
    t.equal(sum, 100_000)
    t.strictSame(oldest?.at, at(1))
  })

  t.test(`details that were changed by hand have no reason, on ${engine}`, async t => {
    const { url, store } = await createStore(t, engine)
    for (const detail of engine === 'sqlite' ? ['not JSON', '[1]', '"text"', '7'] : ['[1]', '"text"', '7']) {
      await store.audit.record(event('login.failed'))
      await execute(url, `UPDATE audit SET detail = '${detail}'`)
      const reasons: unknown[] = []
      await store.audit.refusals(['login.failed'], {}, ({ reason }) => reasons.push(reason))
      t.strictSame(reasons, [null], detail)
    }
  })
}

import type { Test } from 'tap'
import type { AuditEvent } from '../../src/store/audit/events.ts'
import type { WebhookRow } from '../../src/store/webhooks.ts'
import type { EngineName } from '../support/engines.ts'
import { engineTest } from '../support/pg-test.ts'
import { createSealedTrail, newestAt, sealKey, trusted } from '../support/sealed-trail.ts'
import { at, event, start } from '../support/store.ts'

const second = 1000
const now = start.getTime()

/** Webhooks on a trail of four seals with three events each. */
async function withWebhooks(t: Test, engine: EngineName) {
  const trail = await createSealedTrail(t, engine, { seals: 4 })
  const { webhooks } = trail.store
  const create = (id: string, members: Partial<WebhookRow> = {}) =>
    webhooks.insert(
      {
        ...{ id, url: 'https://crm.example.com/', events: ['*'], details: false, secretSealed: 'sealed' },
        ...{ createdAt: start, updatedAt: start, nextAttemptAt: start, seal: 0, seq: Number.MAX_SAFE_INTEGER },
        ...members
      },
      event('webhook.created')
    )
  const byId = async (id: string) => (await webhooks.byId(id)) as WebhookRow
  return { ...trail, webhooks, create, byId }
}

engineTest('One process at a time has the lease of a webhook, unless a clock was wrong', async (t, engine) => {
  const { webhooks, create, byId } = await withWebhooks(t, engine)
  const lease = (owner: string, atMs: number) => webhooks.lease(owner, now + atMs, 10 * second)
  await create('a')
  await create('b', { pausedAt: start })
  t.strictSame(await lease('one', 0), ['a'], 'a paused one has no sender')
  t.strictSame(await lease('two', 10 * second), [])
  t.strictSame(await lease('one', 9 * second), ['a'], 'the owner extends it')
  t.strictSame(await lease('two', 19 * second), [])
  t.strictSame(await lease('two', 19 * second + 1), ['a'], 'it ends by itself')
  t.strictSame(await lease('one', 19 * second + 1 - 10 * second), [], 'a clock that is a little behind takes nothing')
  t.strictSame(await lease('one', -60 * second), ['a'], 'a lease far in the future is that of a wrong clock')
  await webhooks.release('two')
  t.equal((await byId('a')).leaseOwner, 'one')
  await webhooks.release('one')
  t.strictSame(await lease('two', 0), ['a'])
})

engineTest('Of two processes that want a lease at once, one gets it', async (t, engine) => {
  const { webhooks, create } = await withWebhooks(t, engine)
  await create('a')
  const got = await Promise.all(['one', 'two', 'three'].map(owner => webhooks.lease(owner, now, 10 * second)))
  t.strictSame(got.flat(), ['a'])
})

engineTest('Only the owner of the lease notes progress, and only of what it has read', async (t, engine) => {
  const { webhooks, create, byId, rows } = await withWebhooks(t, engine)
  await create('a', { lost: 5 })
  await webhooks.lease('one', now, 10 * second)
  const read = await byId('a')
  const before = (await rows()).length
  t.equal(await webhooks.progress(read, 'two', { seal: 4 }), false)
  const announced = { event: event('webhook.paused'), mail: [] }
  t.equal(await webhooks.progress(read, 'two', { seal: 4 }, { announced }), false)
  t.equal((await rows()).length, before, 'nor is a pause announced')
  t.equal(await webhooks.progress(read, 'one', { seal: 3, seq: 9, reachedAt: at(9) }, { told: 3, announced }), true)
  t.match(await byId('a'), { seal: 3, seq: 9, reachedAt: at(9), lost: 2 })
  t.equal((await rows()).length, before + 1)
  t.match(await webhooks.update(read, { seal: 0 }, event('webhook.replayed')), { epoch: 1, seal: 0, leaseOwner: 'one' })
  t.equal(await webhooks.update(read, { seal: 1 }, event('webhook.replayed')), undefined, 'of two changes, one wins')
  t.equal(await webhooks.progress(read, 'one', { seal: 4 }), false)
  t.equal((await byId('a')).seal, 0)
  t.equal(await webhooks.delete('a', event('webhook.deleted')), true)
  t.equal(await webhooks.delete('a', event('webhook.deleted')), false)
  t.equal(await webhooks.progress(read, 'one', { seal: 4 }), false)
})

engineTest('A pruning counts for each webhook what it loses, and moves it on', async (t, engine) => {
  const { audit, webhooks, create, byId } = await withWebhooks(t, engine)
  const about = (action: string): AuditEvent => event(action, { at: at(newestAt(4).getTime() / second) })
  for (const action of ['user.created', 'users.imported', 'login.failed', 'login.succeeded'])
    await audit.record({ ...about(action), at: at(12) })
  await audit.seal(sealKey, at(13))
  await audit.record(event('young', { at: at(1000) }))
  await audit.seal(sealKey, at(1000))
  await create('all')
  await create('kind', { events: ['user.*', 'login.failed'] })
  await create('middle', { seal: 2, seq: 5 })
  await create('done', { seal: 6, seq: 1 })
  await create('paused', { pausedAt: start, lost: 1 })
  await audit.prune(at(100), event('audit.pruned'), sealKey, { trusted })
  const lost = Object.fromEntries((await webhooks.all()).map(({ id, lost, seal }) => [id, [lost, seal]]))
  t.strictSame(lost, { all: [16, 5], kind: [2, 5], middle: [11, 5], done: [0, 6], paused: [17, 5] })
  const { seal, seq } = await byId('all')
  t.match(await audit.sealedAfter({ seal, seq }, 10), [{ action: 'young' }], 'it goes on with what is kept')
})

engineTest(
  'The seal since a time is that of its first event, also if a later one has an earlier seal',
  async (t, engine) => {
    const { audit } = await withWebhooks(t, engine)
    await audit.record(event('late', { at: at(5) }))
    await audit.seal(sealKey, at(100))
    t.equal(await audit.sealSince(at(5)), 2)
    t.equal(await audit.sealSince(at(12)), 4)
    t.equal(await audit.sealSince(at(13)), undefined)
  }
)

import t, { type Test } from 'tap'
import { createAuditTrail } from '../../../src/auth/audit/audit-trail.ts'
import { createAuditEvents } from '../../../src/auth/audit-events.ts'
import { createClock } from '../../support/clocks.ts'
import { createStore, event, execute, recordMany, stopAfter } from '../../support/store.ts'

async function createWorld(t: Test, secret = 'a secret of the tests, 32 bytes or more') {
  const { url, store } = await createStore(t, 'sqlite')
  const clock = createClock()
  const { now } = clock
  const create = (secret: string) =>
    createAuditTrail({ store: store.audit, config: { secret }, auditEvents: createAuditEvents({ now }), now })
  return { url, store, clock, create, trail: create(secret) }
}

t.test('Sealing continues until no event is left, or until it is stopped', async t => {
  const { url, trail } = await createWorld(t)
  await recordMany(url, 1001)
  await trail.seal(stopAfter(0))
  t.match(await trail.verify(), { events: 0, unsealed: 1001 })
  await trail.seal(stopAfter(1))
  t.match(await trail.verify(), { events: 1000, unsealed: 1 })
  await trail.seal()
  t.match(await trail.verify(), { events: 1001, newest: { number: 2 }, unsealed: 0, broken: undefined })
})

t.test('The age of the first event without a seal is 0 when all are sealed, and never negative', async t => {
  const { store, clock, trail } = await createWorld(t)
  t.equal(await trail.unsealedSeconds(), 0)
  await store.audit.record(event('new', { at: clock.now() }))
  clock.advance(5)
  await store.audit.record(event('newer', { at: clock.now() }))
  t.equal(await trail.unsealedSeconds(), 5)
  clock.advance(-60)
  t.equal(await trail.unsealedSeconds(), 0, 'a clock that was set back')
  await trail.seal()
  clock.advance(120)
  t.equal(await trail.unsealedSeconds(), 0)
})

t.test('Pruning seals first, so that a trail without a server can be pruned', async t => {
  const { store, clock, trail } = await createWorld(t)
  await store.audit.record(event('old', { at: clock.now() }))
  await trail.seal()
  await store.audit.record(event('newer', { at: clock.now() }))
  clock.advance(100)
  t.equal(await trail.prune(50), 1)
  t.match(await trail.verify(), { events: 1, pruned: { number: 1 }, newest: { number: 2 }, unsealed: 1 })
})

t.test('A faulty trail is not pruned and says why; public keys of earlier secrets are accepted', async t => {
  const { url, store, clock, create, trail } = await createWorld(t, 'an earlier secret of 32 bytes or more')
  for (const action of ['one', 'two']) {
    await store.audit.record(event(action, { at: clock.now() }))
    await trail.seal()
  }
  clock.advance(100)
  const later = create('a later secret of 32 bytes or more, too')
  const fault = `The audit trail is broken: seal 1 is signed by another key, ${trail.publicKey}.`
  await t.rejects(later.prune(50), {
    status: 409,
    message: new RegExp(`^${fault} If .*, add --key ${trail.publicKey}\\. Nothing was deleted`)
  })
  const earlier = [trail.publicKey]
  t.match(await later.verify({ earlier }), { events: 2, broken: undefined })
  t.equal(await later.prune(50, { earlier }), 1)
  await execute(url, "UPDATE audit SET action = 'x' WHERE seq = 2")
  t.match((await later.verify({ earlier })).broken, { what: 'seal 2', fault: 'covers an event that was changed' })
})

t.test('An export has each seal after its events, and the events without a seal last', async t => {
  const { url, store, clock, trail } = await createWorld(t)
  for (const action of ['one', 'two']) {
    await store.audit.record(event(action, { at: clock.now() }))
    await trail.seal()
  }
  await recordMany(url, 1001)
  const parts = []
  for await (const part of trail.sealedEntries()) parts.push(part)
  t.match(parts.slice(0, 2), [
    [
      { seq: 1, at: '2026-01-31T12:00:00.000Z', action: 'one', client_id: null, detail: {}, seal: 1 },
      {
        seal: 1,
        previous: '',
        events: 1,
        digest: /^\w{64}$/,
        at: String,
        public_key: trail.publicKey,
        signature: /^[\w-]{86}$/
      }
    ],
    [
      { seq: 2, seal: 2 },
      { seal: 2, previous: /^\w{64}$/ }
    ]
  ])
  t.notOk(parts.flat().some(one => 'pruned' in one))
  t.strictSame(
    parts.slice(2).map(({ length }) => length),
    [1000, 1]
  )
  clock.advance(10_000)
  t.equal(await trail.prune(5000), 1002)
  for await (const [first] of trail.sealedEntries()) {
    t.match(first, { seal: 3, pruned: /^[\w-]{86}$/ })
    break
  }
})

import t from 'tap'
import { isReadable } from '../../../src/store/audit/events.ts'
import { engineTest } from '../../support/pg-test.ts'
import { sealKey, trusted } from '../../support/sealed-trail.ts'
import { at, createStore, event, newUser } from '../../support/store.ts'

engineTest('An event without a change is written unchanged', async (t, engine) => {
  const { store, trail } = await createStore(t, engine)
  const failed = event('login.failed', {
    at: at(1.234),
    actor: 'actor',
    subject: 'an unknown user',
    clientId: 'first-party',
    ip: '2001:db8::1',
    detail: { reason: 'wrong password', tries: 3, locked: false }
  })
  await store.audit.record(failed)
  t.strictSame(await trail(), [failed])
})

engineTest('A failed change leaves no event, and the next events are sealed', async (t, engine) => {
  const { store, actions } = await createStore(t, engine)
  const user = newUser('alice')
  await store.users.insert(user, event('user.created'))
  await t.rejects(store.users.update(user.id, { username: null, updatedAt: at(1) } as never, event('user.updated')))
  t.equal(await store.users.insert(newUser('alice'), event('user.created')), undefined)
  await store.audit.record(event('login.failed'))
  t.strictSame(await actions(), ['user.created', 'login.failed'])
  t.equal(await store.audit.seal(sealKey, at(2)), 2)
  t.match(await store.audit.verify(trusted), { events: 2, unsealed: 0, broken: undefined })
})

t.test('An event is readable with a number of 53 bits, a time until 9999 and a detail of plain values', async t => {
  const good = { seq: 1, at: at(0), detail: { text: 'a', number: 0.5, yes: true } }
  t.ok(isReadable(good))
  for (const change of [
    { seq: 2 ** 53 },
    { at: new Date(Number.NaN) },
    { at: new Date(-1) },
    { at: new Date('+010000-01-01T00:00:00Z') },
    ...[null, [], 'text', { a: null }, { a: {} }, { a: [] }, { a: Number.POSITIVE_INFINITY }].map(detail => ({
      detail
    }))
  ])
    t.notOk(isReadable({ ...good, ...change } as never), JSON.stringify(change))
})

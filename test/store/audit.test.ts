import t from 'tap'
import { engines } from '../support/engines.ts'
import { at, createStore, event } from '../support/store.ts'

for (const engine of engines) {
  t.test(`an event that no change goes with is written as it is on ${engine} (issue 3: audit events)`, async t => {
    const { store, trail } = await createStore(t, engine)
    const failed = event('login.failed', {
      at: at(1.234),
      actor: 'actor',
      subject: 'somebody who never was',
      clientId: 'first-party',
      ip: '2001:db8::1',
      detail: { reason: 'wrong password', tries: 3, locked: false }
    })
    await store.audit.record(failed)
    t.strictSame(await trail(), [failed])
  })

  t.test(`an event is written once on ${engine} (primary key)`, async t => {
    const { store, trail } = await createStore(t, engine)
    const failed = event('login.failed')
    await store.audit.record(failed)
    await t.rejects(store.audit.record(failed), { name: 'StoreError', code: 'conflict' })
    t.equal((await trail()).length, 1)
  })
}

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { isReadable } from '../../../src/store/audit/events.ts'
import { engineTest } from '../../support/pg-test.ts'
import { sealKey, trusted } from '../../support/sealed-trail.ts'
import { at, createStore, event, newUser } from '../../support/store.ts'

/**
 * A process that writes to the database at `url`; `write` resolves to the number of those events that it has written.
 */
async function startWriter(t: Test, url: string, name: string) {
  const child = fork(new URL('../../support/audit-process.ts', import.meta.url), [url, name])
  t.teardown(() => child.kill('SIGKILL'))
  await once(child, 'message')
  return {
    async write(count: number) {
      child.send(count)
      return Number((await once(child, 'message'))[0])
    }
  }
}

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

engineTest('Of two processes that write while a third seals, no event is lost (decision 27)', async (t, engine) => {
  const { url, store, trail } = await createStore(t, engine)
  const writers = [await startWriter(t, url, 'a'), await startWriter(t, url, 'b')]
  let writing = true
  const sealing = (async () => {
    while (writing) {
      await store.audit.seal(sealKey, at(0))
      await sleep(1)
    }
  })()
  t.strictSame(await Promise.all(writers.map(({ write }) => write(60))), [60, 60])
  writing = false
  await sealing
  await store.audit.seal(sealKey, at(0))
  t.match(await store.audit.verify(trusted), { events: 120, unsealed: 0, broken: undefined })
  t.equal(new Set((await trail()).map(({ actor, detail }) => `${actor}${detail.n}`)).size, 120)
})

t.test('an event is readable with a number of 53 bits, a time until 9999 and a detail of plain values', async t => {
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

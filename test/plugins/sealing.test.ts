import { mock } from 'node:test'
import t, { type Test } from 'tap'
import sealing from '../../plugins/sealing.ts'
import { openStore } from '../../src/store/open.ts'
import { metricOf, testConfig } from '../support/app.ts'
import { createClock } from '../support/clocks.ts'
import { databaseUrl } from '../support/engines.ts'
import { bareFastify, registerServices } from '../support/plugins.ts'
import { event, recordMany } from '../support/store.ts'

/** A bare server that seals, whose timers run when the test says so. */
async function createWorld(t: Test) {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const { app, log } = bareFastify(t)
  const clock = createClock()
  const url = await databaseUrl(t)
  await registerServices(app, { config: testConfig({ databaseUrl: url }), now: clock.now })
  await app.register(sealing)
  const record = () => app.db.audit.record(event('new', { at: clock.now() }))
  const age = async () => {
    const text = await metricOf(app, 'sallyport_audit_unsealed_seconds')
    return /^sallyport_audit_unsealed_seconds (\S+)$/m.exec(text)?.[1]
  }
  return { app, clock, url, record, age, log: () => log.join('') }
}

/** Waits until `what` is true. */
async function until(what: () => Promise<boolean>) {
  while (!(await what())) await new Promise(resolve => setImmediate(resolve))
}

t.test('New events are sealed every second, and a failure is logged and retried', async t => {
  const { app, record, log } = await createWorld(t)
  const { seal } = app.db.audit
  let calls = 0
  app.db.audit.seal = async (...args) => {
    if (++calls === 2) throw new Error('the store is ill')
    return seal(...args)
  }
  await record()
  mock.timers.tick(999)
  t.equal(calls, 0)
  mock.timers.tick(1)
  await until(async () => (await app.audit.verify()).events === 1)
  t.notMatch(log(), 'failed to seal new audit events')
  await record()
  mock.timers.tick(1000)
  await until(async () => log().includes('failed to seal new audit events'))
  t.match(log(), /"level":50,.*the store is ill.*failed to seal new audit events/)
  t.match(await app.audit.verify(), { events: 1, unsealed: 1 })
  mock.timers.tick(1000)
  await until(async () => (await app.audit.verify()).events === 2)
})

t.test('A server seals the last events when it stops', async t => {
  const { app, url, record } = await createWorld(t)
  const { publicKey } = app.audit
  await record()
  await app.close()
  const store = await openStore(url, () => {})
  t.teardown(() => store.close())
  t.match(await store.audit.verify([publicKey]), { events: 1, unsealed: 0, broken: undefined })
})

t.test('A server that stops leaves a backlog to the next start, except one seal', async t => {
  const { app, url } = await createWorld(t)
  const { publicKey } = app.audit
  await recordMany(url, 2500)
  await app.close()
  const store = await openStore(url, () => {})
  t.teardown(() => store.close())
  t.match(await store.audit.verify([publicKey]), { events: 1000, unsealed: 1500, broken: undefined })
})

t.test('A server whose database fails stops nevertheless, and logs it', async t => {
  const { app, record, log } = await createWorld(t)
  await record()
  app.db.audit.sealOnce = async () => {
    throw new Error('the store is ill')
  }
  await app.close()
  t.match(log(), /"level":50,.*the store is ill.*failed to seal new audit events/)
})

t.test('The gauge has the age of the oldest event without a seal', async t => {
  const { app, clock, record, age } = await createWorld(t)
  t.equal(await age(), '0')
  await record()
  clock.advance(2.5)
  await record()
  t.equal(await age(), '2.5')
  await app.audit.seal()
  t.equal(await age(), '0')
})

import { mock } from 'node:test'
import t, { type Test } from 'tap'
import audit from '../../plugins/audit.ts'
import clock from '../../plugins/clock.ts'
import db from '../../plugins/db.ts'
import keys from '../../plugins/keys.ts'
import metrics from '../../plugins/metrics.ts'
import oneTimeTokens from '../../plugins/one-time-tokens.ts'
import sessions from '../../plugins/sessions.ts'
import throttle from '../../plugins/throttle.ts'
import { keyPollMs } from '../../src/auth/keys.ts'
import { createClock, testConfig } from '../support/app.ts'
import { databaseUrl } from '../support/engines.ts'
import { bareFastify } from '../support/plugins.ts'

/** A bare server with a clock and a store, whose timers run when the test says so. */
async function withStore(t: Test) {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const { app, log } = bareFastify(t)
  await app.register(clock, { now: createClock().now })
  await app.register(metrics, { isOn: false })
  await app.register(db, { config: testConfig({ databaseUrl: await databaseUrl(t, 'sqlite') }) })
  return { app, log: () => log.join('') }
}

/** Lets everything run that can run now. */
const settle = () => new Promise(resolve => setImmediate(resolve))

t.test('the keys are read again every ten seconds, and a failure is logged and tried again (design §3)', async t => {
  const { app, log } = await withStore(t)
  await app.register(keys, { config: testConfig() })
  let [reads, broken] = [0, false]
  const { published } = app.db.keys
  app.db.keys.published = now => {
    reads++
    return broken ? Promise.reject(new Error('the store is ill')) : published(now)
  }
  mock.timers.tick(keyPollMs - 1)
  t.equal(reads, 0)
  mock.timers.tick(1)
  await settle()
  t.equal(reads, 1)
  t.notMatch(log(), 'the signing keys could not be read again')
  broken = true
  mock.timers.tick(keyPollMs)
  await settle()
  t.equal(reads, 2)
  t.match(log(), 'the signing keys could not be read again')
  await app.close()
  mock.timers.tick(10 * keyPollMs)
  t.equal(reads, 2, 'and no more once the server is closed')
})

t.test('ended sessions are deleted every hour, and a failure is logged and tried again (issue 3)', async t => {
  const { app, log } = await withStore(t)
  let [runs, broken] = [0, false]
  const { prune } = app.db.sessions
  app.db.sessions.prune = before => {
    runs++
    return broken ? Promise.reject(new Error('the store is ill')) : prune(before)
  }
  await app.register(sessions, { config: testConfig() })
  mock.timers.tick(3_600_000)
  await settle()
  t.equal(runs, 1)
  t.notMatch(log(), 'ended sessions could not be deleted')
  broken = true
  mock.timers.tick(3_600_000)
  await settle()
  t.equal(runs, 2)
  t.match(log(), 'ended sessions could not be deleted')
  await app.close()
  mock.timers.tick(36_000_000)
  t.equal(runs, 2)
})

t.test('old audit events are deleted every hour, and a failure is logged and tried again (issue 7)', async t => {
  const { app, log } = await withStore(t)
  const ages: number[] = []
  let broken = false
  app.db.audit.prune = async before => {
    ages.push((app.clock.now().getTime() - before.getTime()) / 1000)
    if (broken) throw new Error('the store is ill')
    return 0
  }
  await app.register(audit, { config: testConfig({ auditRetention: 5000 }) })
  mock.timers.tick(3_600_000)
  await settle()
  t.strictSame(ages, [5000])
  t.notMatch(log(), 'old audit events could not be deleted')
  broken = true
  mock.timers.tick(3_600_000)
  await settle()
  t.equal(ages.length, 2)
  t.match(log(), 'old audit events could not be deleted')
  await app.close()
  mock.timers.tick(36_000_000)
  t.equal(ages.length, 2)
})

t.test('AUDIT_RETENTION=0 keeps audit events for ever', async t => {
  const { app } = await withStore(t)
  app.db.audit.prune = async () => {
    throw new Error('pruned')
  }
  await app.register(audit, { config: testConfig({ auditRetention: 0 }) })
  mock.timers.tick(36_000_000)
  t.ok(app.audit)
})

t.test(
  'what is forgiven is deleted every ten minutes, and a failure is logged and tried again (decision 14)',
  async t => {
    const { app, log } = await withStore(t)
    let [runs, broken] = [0, false]
    const { prune } = app.db.throttle
    app.db.throttle.prune = (...args) => {
      runs++
      return broken ? Promise.reject(new Error('the store is ill')) : prune(...args)
    }
    await app.register(throttle, { config: testConfig() })
    mock.timers.tick(600_000)
    await settle()
    t.equal(runs, 1)
    t.notMatch(log(), 'forgiven attempts could not be deleted')
    broken = true
    mock.timers.tick(600_000)
    await settle()
    t.equal(runs, 2)
    t.match(log(), 'forgiven attempts could not be deleted')
    await app.close()
    mock.timers.tick(6_000_000)
    t.equal(runs, 2)
  }
)

t.test('expired links are deleted every hour, and a failure is logged and tried again (issue 7)', async t => {
  const { app, log } = await withStore(t)
  let [runs, broken] = [0, false]
  const { prune } = app.db.oneTimeTokens
  app.db.oneTimeTokens.prune = now => {
    runs++
    return broken ? Promise.reject(new Error('the store is ill')) : prune(now)
  }
  await app.register(oneTimeTokens)
  mock.timers.tick(3_600_000)
  await settle()
  t.equal(runs, 1)
  t.notMatch(log(), 'expired links could not be deleted')
  broken = true
  mock.timers.tick(3_600_000)
  await settle()
  t.equal(runs, 2)
  t.match(log(), 'expired links could not be deleted')
  await app.close()
  mock.timers.tick(36_000_000)
  t.equal(runs, 2)
})

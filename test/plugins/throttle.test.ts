import t from 'tap'
import clock from '../../plugins/clock.ts'
import db from '../../plugins/db.ts'
import metrics from '../../plugins/metrics.ts'
import throttle from '../../plugins/throttle.ts'
import { createClock, testConfig } from '../support/app.ts'
import { databaseUrl } from '../support/engines.ts'
import { bareFastify } from '../support/plugins.ts'
import { event } from '../support/store.ts'

t.test('refusals are counted, and what the store could not keep is in the log (decision 14)', async t => {
  const { app, log } = bareFastify(t)
  const config = testConfig({ databaseUrl: await databaseUrl(t, 'sqlite'), registrationLimit: 1 })
  await app.register(metrics, { isOn: false })
  await app.register(clock, { now: createClock().now })
  await app.register(db, { config })
  await app.register(throttle, { config })
  await app.throttle.registration('192.0.2.1')
  await t.rejects(app.throttle.registration('192.0.2.2'), {
    name: 'OAuthError',
    code: 'temporarily_unavailable',
    status: 429,
    headers: { 'Retry-After': '1' },
    message: 'Too many attempts: try again in 1 s.'
  })
  t.match(
    await app.metrics.registry.getSingleMetricAsString('sallyport_throttled_total'),
    /\{counter="registration"\} 1$/m
  )

  app.db.throttle.count = () => Promise.reject(new Error('the store is ill'))
  const buckets = await app.throttle.passwordBuckets({ unknownName: 'alice' }, null)
  t.equal(await app.throttle.attempt(buckets, event('login.failed'), async () => false), false)
  const line = log.map(text => JSON.parse(text)).find(({ event }) => event)
  t.match(line, { level: 50, event: { action: 'login.failed' }, err: { message: 'the store is ill' } })
  t.match(await app.metrics.registry.getSingleMetricAsString('sallyport_throttle_fallback_total'), /_total 1$/m)
})

import t from 'tap'
import { createApp, metricOf, testConfig } from '../support/app.ts'
import { createClock } from '../support/clocks.ts'
import { databaseUrl } from '../support/engines.ts'
import { bareFastify, registerServices } from '../support/plugins.ts'

t.test('the clock is the given one, and ids are UUIDv7 in the order of time (RFC 9562 §5.7)', async t => {
  const { app, clock } = await createApp(t)
  t.strictSame(app.clock.now(), clock.now())
  const ids = Array.from({ length: 1000 }, app.clock.newId)
  t.strictSame(ids, [...new Set(ids)].sort())
  t.match(ids[0], /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

t.test('a failed extension is logged and stops nothing', async t => {
  const { app, log } = bareFastify(t)
  const config = testConfig({ databaseUrl: await databaseUrl(t, 'sqlite') })
  const onUserCreated = () => {
    throw new Error('the extension is ill')
  }
  await registerServices(app, { config, onUserCreated })
  t.match(await app.users.register({ username: 'alice', password: 'correct horse battery staple' }, {}), {
    username: 'alice'
  })
  t.match(log.join(''), '"msg":"the extension onUserCreated failed"')
})

t.test('refusals are counted (decision 34)', async t => {
  const { app } = bareFastify(t)
  const config = testConfig({ databaseUrl: await databaseUrl(t, 'sqlite'), limits: ['registration=1'] })
  await registerServices(app, { config, now: createClock().now })
  await app.throttle.registration('192.0.2.1')
  await t.rejects(app.throttle.registration('192.0.2.2'), {
    name: 'OAuthError',
    code: 'temporarily_unavailable',
    status: 429,
    headers: { 'Retry-After': '1' },
    message: 'Too many attempts. Try again in 1 s.'
  })
  t.match(await metricOf(app, 'sallyport_throttled_total'), /\{counter="registration"\} 1$/m)
})

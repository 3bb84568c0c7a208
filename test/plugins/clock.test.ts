import t from 'tap'
import clock from '../../plugins/clock.ts'
import { createClock } from '../support/app.ts'
import { bareFastify } from '../support/plugins.ts'

t.test('the clock is the one given, and ids are UUIDv7 in the order of time (RFC 9562 §5.7)', async t => {
  const { app } = bareFastify(t)
  const { now } = createClock()
  await app.register(clock, { now })
  t.strictSame(app.clock.now(), now())
  const ids = Array.from({ length: 1000 }, app.clock.newId)
  t.strictSame(ids, [...new Set(ids)].sort())
  t.match(ids[0], /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

t.test('an audit event says who, what, when and from where, and nothing that it was not told', async t => {
  const { app } = bareFastify(t)
  const { now } = createClock()
  await app.register(clock, { now })
  t.strictSame(app.clock.trail.event('login.failed'), {
    at: now(),
    action: 'login.failed',
    actor: null,
    subject: null,
    clientId: null,
    ip: null,
    detail: {}
  })
  const about = { actor: 'a', subject: 's', clientId: 'c', ip: '192.0.2.1', detail: { n: 1 } }
  t.match(app.clock.trail.event('user.created', about), { action: 'user.created', ...about })
})

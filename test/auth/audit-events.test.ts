import t from 'tap'
import { createAuditEvents } from '../../src/auth/audit-events.ts'
import { createClock } from '../support/clocks.ts'

t.test('An audit event has every member, with null for those that were not given', async t => {
  const { now } = createClock()
  const auditEvents = createAuditEvents({ now })
  t.strictSame(auditEvents.event('login.failed'), {
    at: now(),
    action: 'login.failed',
    actor: null,
    subject: null,
    clientId: null,
    ip: null,
    detail: {}
  })
  const about = { actor: 'a', subject: 's', clientId: 'c', ip: '192.0.2.1', detail: { n: 1 } }
  t.match(auditEvents.event('user.created', about), { action: 'user.created', ...about })
})

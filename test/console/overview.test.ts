import t from 'tap'
import { sizeOf } from '../../console/src/intl.ts'
import { actionOf, figuresOf } from '../../console/src/pages/overview/figures.ts'

t.test('Figures count logins, failed and throttled ones, other refusals, and nothing else', async t => {
  const at = '2026-01-31T12:00:00.000Z'
  const counts = [
    { at, action: 'login.succeeded', count: 3 },
    { at: '2026-01-31T11:00:00.000Z', action: 'login.succeeded', count: 2 },
    { at, action: 'login.failed', count: 4 },
    { at, action: 'client.authentication_failed', count: 1 },
    { at, action: 'token.reuse_detected', count: 1 },
    { at, action: 'throttle.refused', count: 6 },
    { at, action: 'token.refreshed', count: 100 },
    { at, action: 'user.created', count: 100 }
  ]
  t.strictSame(figuresOf(counts), { logins: 5, failures: 4, throttled: 6, refused: 2 })
})

t.test('Sizes have a unit that people read', async t => {
  const sizes = [0, 999, 426_000, 1_240_000, 5_000_000_000, 2_000_000_000_000, 3e15].map(sizeOf)
  t.strictSame(sizes, ['0 kB', '1 kB', '426 kB', '1.2 MB', '5 GB', '2 TB', '3,000 TB'])
})

t.test('A figure that counts one action has its list', async t => {
  const of = (...actions: string[]) =>
    actionOf(
      'refused',
      actions.map(action => ({ at: '', action, count: 1 }))
    )
  t.equal(of('client.authentication_failed', 'login.failed', 'user.created'), 'client.authentication_failed')
  t.equal(of('client.authentication_failed', 'token.reuse_detected'), undefined)
  t.equal(of('login.succeeded'), undefined)
  t.equal(actionOf('logins', []), 'login.succeeded')
})

import t from 'tap'
import { outcomeOf } from '../../console/src/plot/bars.ts'
import { texts } from '../../console/src/texts.ts'

const actions = Object.keys(texts.actions).sort()

t.test('An event counts as failed, succeeded or other by its action', async t => {
  t.strictSame(
    actions.filter(action => outcomeOf(action) === 'failed'),
    [
      'client.authentication_failed',
      'code.reuse_detected',
      'factor.addition_failed',
      'factor.refused',
      'login.failed',
      'throttle.refused',
      'token.key_refused',
      'token.reuse_detected',
      'user.deletion_failed',
      'user.password_change_failed',
      'user.update_failed'
    ]
  )
  t.strictSame(
    actions.filter(action => outcomeOf(action) === 'succeeded'),
    ['login.succeeded', 'session.stepped_up', 'token.refreshed', 'token.retried']
  )
  t.equal(outcomeOf('something.new'), 'other')
})

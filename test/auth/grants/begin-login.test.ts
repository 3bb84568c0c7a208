import t from 'tap'
import { createBeginLogin } from '../../../src/auth/grants/begin-login.ts'
import { createApp, createUser } from '../../support/app.ts'

t.test('A login of an account with a second factor needs both, whatever a grant has asked for', async t => {
  const { app } = await createApp(t)
  const alice = await createUser(app)
  const beginLogin = createBeginLogin({ policy: { isEnrolled: () => true } } as never)
  const running = app.attempts.run({ clientId: 'first-party' }, attempt => {
    attempt.shows(alice, { amr: ['pwd'], use: { spent: [] } })
    return beginLogin({ attempt } as never)
  })
  await t.rejects(running, { code: 'unmet_authentication_requirements' })
  const { items } = await app.audit.page({ action: 'login.failed', limit: 1 })
  t.match(items, [{ subject: alice.id, detail: { reason: 'no second factor' } }])
})

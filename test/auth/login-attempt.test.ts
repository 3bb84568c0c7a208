import t from 'tap'
import { attemptFaults, type LoginAttempt } from '../../src/auth/login-attempt.ts'
import { createServices, createUser } from '../support/app.ts'
import { failOnFault } from '../support/hold-to-contract.ts'

const ways: Record<string, (attempt: LoginAttempt) => Promise<unknown>> = {
  'ends twice': async attempt => {
    await attempt.completeUnwritten()
    await attempt.proceed()
  },
  'was left open': async () => {},
  'was left open after a session that was not written': attempt => attempt.complete(async () => undefined)
}

for (const [name, request] of Object.entries(ways))
  t.test(`An attempt that ${name} fails, is reported and counts as a failed login`, async t => {
    const { app } = await createServices(t)
    const alice = await createUser(app)
    const faults: unknown[] = []
    const listen = (fault: unknown) => faults.push(fault)
    attemptFaults.unsubscribe(failOnFault)
    attemptFaults.subscribe(listen)
    const running = app.attempts.run({ clientId: 'first-party' }, async attempt => {
      attempt.shows(alice, { amr: ['pwd'], use: { spent: [] } })
      await request(attempt)
    })
    await t.rejects(running, /login attempt (ended twice|was left open)/)
    attemptFaults.unsubscribe(listen)
    attemptFaults.subscribe(failOnFault)
    t.equal(faults.length, 1)
    const { items } = await app.audit.page({ action: 'login.failed', limit: 2 })
    t.strictSame(
      items.map(({ detail }) => detail),
      name === 'ends twice' ? [] : [{ reason: 'unavailable' }]
    )
  })

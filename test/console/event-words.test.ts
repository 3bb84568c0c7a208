import t from 'tap'
import { eventWords, reasonOf } from '../../console/src/event-words.ts'
import * as german from '../../console/src/texts/de.ts'
import * as texts from '../../console/src/texts/en.ts'
import { policies, settingPolicies } from '../../src/auth/throttle/policies.ts'

/** Counters whose refusals are no event of the audit trail. */
const silent = ['mailbox', 'first-link', 'first-links', 'notice', 'token-prefix', 'key-refusal']

t.test('every counter that refuses has words', async t => {
  const names = Object.keys({ ...policies, ...settingPolicies({ login: 1, registration: 1 }) })
  for (const { counters } of [texts, german])
    t.strictSame(Object.keys(counters).sort(), names.filter(name => !silent.includes(name)).sort())
})

t.test('the words of an event say why it was refused', async t => {
  const { reasons, counters } = texts
  const refused = (action: string, detail: Record<string, unknown>) => reasonOf({ action, detail })
  t.equal(refused('login.failed', { reason: 'code' }), reasons.code)
  t.equal(refused('throttle.refused', { counter: 'code', reason: 'x' }), counters.code)
  t.equal(refused('client.authentication_failed', { counter: 'introspection' }), counters.introspection)
  t.equal(refused('session.ended', { reason: 'password' }), undefined)
  t.equal(refused('throttle.refused', { counter: 'of a newer server' }), undefined)
  t.equal(
    eventWords({ action: 'throttle.refused', detail: { counter: 'client' } }),
    'Refused after too many attempts: wrong client credentials'
  )
})

import t from 'tap'
import { eventWords, reasonOf, wordsFor } from '../../console/src/event-words.ts'
import * as german from '../../console/src/texts/de.ts'
import * as texts from '../../console/src/texts/en.ts'
import type { AuditAction } from '../../src/auth/audit-events.ts'
import { usualCounters } from '../../src/auth/throttle/policies.ts'

/** Counters whose refusals are no event of the audit trail. */
const silent = [
  ...['mailbox', 'first-link', 'first-links', 'token-prefix', 'key-refusal'],
  ...['registered', 'refresh', 'trusted']
]

t.test('Every counter that refuses has words', async t => {
  const names = Object.keys(usualCounters)
  for (const { counters } of [texts, german])
    t.strictSame(Object.keys(counters).sort(), names.filter(name => !silent.includes(name)).sort())
})

t.test('Every action of the audit trail has words of its own, and one of a newer server its name', async t => {
  // The compiler checks that none is missing.
  const words: Record<AuditAction, string> = texts.actions
  t.equal(new Set(Object.values(words)).size, Object.keys(words).length)
  t.equal(wordsFor('login.failed'), 'Login refused')
  t.equal(wordsFor('login.dreamt'), 'login.dreamt')
})

t.test('The words of an event say why it was refused', async t => {
  for (const [action, detail, words] of [
    ['login.failed', { reason: 'password' }, 'Login refused: wrong password'],
    ['login.failed', { reason: 'used id token' }, 'Login refused: ID token used before'],
    ['login.failed', { reason: 'a reason of a newer server' }, 'Login refused'],
    ['login.failed', {}, 'Login refused'],
    ['user.password_change_failed', { reason: 'password' }, 'Password change refused: wrong password'],
    ['factor.refused', { reason: 'counter' }, 'Passkey refused: the passkey may be a copy'],
    ['throttle.refused', { counter: 'code' }, 'Refused after too many attempts: wrong codes of one account'],
    // Of an older server.
    ['throttle.refused', { counter: 'client' }, 'Refused after too many attempts: wrong client credentials'],
    ['throttle.refused', { counter: 'of a newer server' }, 'Refused after too many attempts'],
    ['session.ended', { reason: 'password' }, texts.actions['session.ended']]
  ] as const)
    t.equal(eventWords({ action, detail }), words)
  const { reasons, counters } = texts
  t.equal(reasonOf({ action: 'login.failed', detail: { reason: 'code' } }), reasons.code)
  t.equal(reasonOf({ action: 'throttle.refused', detail: { counter: 'code', reason: 'x' } }), counters.code)
  const introspection = { action: 'client.authentication_failed', detail: { counter: 'introspection' } }
  t.equal(reasonOf(introspection), reasons.introspection)
})

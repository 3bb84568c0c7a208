import t from 'tap'
import { eventWords, wordsFor } from '../../console/src/event-words.ts'
import { texts } from '../../console/src/texts.ts'
import type { AuditAction } from '../../src/auth/audit-events.ts'

t.test('has words of its own for every action of the audit trail', async t => {
  // The compiler checks that none is missing.
  const words: Record<AuditAction, string> = texts.actions
  t.equal(new Set(Object.values(words)).size, Object.keys(words).length)
})

t.test('shows the name of an action that only a newer server has', async t => {
  t.equal(wordsFor('login.failed'), 'Login refused')
  t.equal(wordsFor('login.dreamt'), 'login.dreamt')
})

t.test('says why an attempt was refused', async t => {
  const words = (reason?: string) => eventWords({ action: 'login.failed', detail: reason ? { reason } : {} })
  t.equal(words('password'), 'Login refused: wrong password')
  t.equal(words('unknown name'), 'Login refused: unknown name')
  t.equal(words('used id token'), 'Login refused: ID token used before')
  t.equal(words('a reason of a newer server'), 'Login refused')
  t.equal(words(), 'Login refused')
  const change = { action: 'user.password_change_failed', detail: { reason: 'password' } }
  t.equal(eventWords(change), 'Password change refused: wrong password')
  t.equal(
    eventWords({ action: 'factor.refused', detail: { reason: 'counter' } }),
    'Passkey refused: the passkey may be a copy'
  )
})

import t from 'tap'
import { outcomeOf } from '../../console/src/plot/outcome.ts'
import type { AuditAction } from '../../src/auth/audit-events.ts'

// An action that is missing here does not compile.
const outcomes: Record<AuditAction, ReturnType<typeof outcomeOf>> = {
  'user.created': 'other',
  'user.updated': 'other',
  'user.update_failed': 'failed',
  'user.disabled': 'other',
  'user.enabled': 'other',
  'user.claims_changed': 'other',
  'user.scopes_changed': 'other',
  'user.password_changed': 'other',
  'user.password_change_failed': 'failed',
  'user.invitation_requested': 'other',
  'user.password_reset_requested': 'other',
  'user.password_reset': 'other',
  'user.password_reset_forced': 'other',
  'user.email_verification_requested': 'other',
  'user.email_verified': 'other',
  'user.email_change_undone': 'other',
  'user.deleted': 'other',
  'user.deletion_failed': 'failed',
  'users.imported': 'other',
  'users.exported': 'other',
  'login.succeeded': 'succeeded',
  'login.failed': 'failed',
  'login.challenged': 'other',
  'login.code_requested': 'other',
  'factor.added': 'other',
  'factor.addition_allowed': 'other',
  'factor.addition_failed': 'failed',
  'factor.removed': 'other',
  'factor.renamed': 'other',
  'factor.refused': 'failed',
  'factor.undone': 'other',
  'recovery_codes.replaced': 'other',
  'token.refreshed': 'succeeded',
  'token.retried': 'succeeded',
  'token.reuse_detected': 'failed',
  'personal_token.created': 'other',
  'personal_token.deleted': 'other',
  'personal_token.used_elsewhere': 'other',
  'personal_tokens.deleted': 'other',
  'identity.linked': 'other',
  'identity.unlinked': 'other',
  'session.ended': 'other',
  'session.stepped_up': 'succeeded',
  'code.issued': 'other',
  'code.reuse_detected': 'failed',
  'sessions.ended': 'other',
  'client.created': 'other',
  'client.updated': 'other',
  'client.secret_rotated': 'other',
  'client.deleted': 'other',
  'client.authentication_failed': 'failed',
  'key.created': 'other',
  'key.rotated': 'other',
  'key.retired': 'other',
  'secret.rotated': 'other',
  'throttle.refused': 'failed',
  'audit.pruned': 'other'
}

t.test('an event counts as failed, succeeded or other by its action', async t => {
  for (const [action, outcome] of Object.entries(outcomes)) t.equal(outcomeOf(action), outcome, action)
  t.equal(outcomeOf('something.new'), 'other')
})

import type { AuditEvent } from '../store/audit/events.ts'

/**
 * The origin of a request: its IP address, and the id of the user or client that sent it, or `null` when not logged in.
 */
export interface Origin {
  actor?: string | null
  /** Null where a request has no address, and missing where there is no request. */
  ip?: string | null
  /** The language that it asks for, if any; not recorded. It is that of a person whose language is unknown. */
  locale?: (() => string | null) | undefined
  /** Fires when the client disconnects; not recorded. */
  signal?: AbortSignal | undefined
}

/** The actions that the audit trail records: for each first word, the words that may follow its dot. */
export const auditActions = {
  user: [
    'created',
    'updated',
    'update_failed',
    'disabled',
    'enabled',
    'scopes_changed',
    'claims_changed',
    'password_changed',
    'password_change_failed',
    'password_reset_requested',
    'password_reset',
    'password_reset_forced',
    'email_verification_requested',
    'email_verified',
    'email_change_undone',
    'invitation_requested',
    'deleted',
    'deletion_failed'
  ],
  users: ['imported', 'exported'],
  login: ['succeeded', 'failed', 'challenged', 'code_requested'],
  code: ['issued', 'reuse_detected'],
  factor: ['added', 'addition_allowed', 'addition_failed', 'removed', 'renamed', 'refused', 'undone'],
  recovery_codes: ['replaced'],
  identity: ['linked', 'unlinked'],
  session: ['stepped_up', 'ended'],
  sessions: ['ended'],
  token: ['refreshed', 'retried', 'reuse_detected', 'key_refused'],
  personal_token: ['created', 'deleted', 'used_elsewhere'],
  personal_tokens: ['deleted'],
  client: ['created', 'updated', 'secret_rotated', 'deleted', 'authentication_failed'],
  key: ['created', 'rotated', 'retired'],
  secret: ['rotated'],
  throttle: ['refused'],
  webhook: ['created', 'updated', 'replayed', 'tested', 'paused', 'deleted'],
  audit: ['pruned']
} as const

type Actions = typeof auditActions

export type AuditAction = { [Word in keyof Actions]: `${Word}.${Actions[Word][number]}` }[keyof Actions]

export type AuditEvents = ReturnType<typeof createAuditEvents>

/** Creates the rows of the audit trail. The store writes each row in the same transaction as the change. */
export function createAuditEvents({ now }: { now: () => Date }) {
  return {
    /** Creates an event for `action` at the current time. `detail` must not contain a secret. */
    event(action: AuditAction, about: Origin & Partial<Pick<AuditEvent, 'subject' | 'clientId' | 'detail'>> = {}) {
      const { actor = null, subject = null, clientId = null, ip = null, detail = {} } = about
      return { at: now(), action, actor, subject, clientId, ip, detail } satisfies AuditEvent
    }
  }
}

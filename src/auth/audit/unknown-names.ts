import { deriveKey, mac } from '../../base/secrets.ts'
import type { AuditEvent } from '../../store/audit/events.ts'

/**
 * Describes a name that no account has, for the events of failed logins, as a keyed hash: it only shows that two
 * attempts used the same name, because people type passwords into the wrong field.
 */
export function createUnknownNames(config: { secret: string }): (name: string) => AuditEvent['detail'] {
  const key = deriveKey(config.secret, 'unknown-names')
  return name => ({ name_hash: mac(key, name) })
}

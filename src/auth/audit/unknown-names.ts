import type { AuditEvent } from '../../store/audit/events.ts'
import { deriveKey, mac } from '../keys/secrets.ts'

/** The longest name that an event has, in characters. */
const maxLength = 254

/**
 * Describes a name that no account has, for the events of failed logins: as a keyed hash, which only shows that two
 * attempts used the same name, because people type passwords into the wrong field; or as it was given.
 */
export function createUnknownNames(config: {
  secret: string
  auditUnknownNames: 'hash' | 'name'
}): (name: string) => AuditEvent['detail'] {
  const key = deriveKey(config.secret, 'unknown-names')
  return config.auditUnknownNames === 'name'
    ? name => ({ name: [...name].slice(0, maxLength).join('') })
    : name => ({ name_hash: mac(key, name) })
}

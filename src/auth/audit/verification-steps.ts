import type { AuditVerification } from '../../../routes/audit.ts'
import { invalidMember } from '../../errors.ts'
import type { Link } from '../../store/audit/seals.ts'
import type { AuditStore } from '../../store/audit/trail.ts'
import { deriveKey, seal, unseal } from '../keys/secrets.ts'

const purpose = 'audit-verification'

/**
 * Verifies the audit trail step by step. The cursor is the last verified seal, encrypted, so that a client cannot
 * choose where a step begins. Throws a 400 about an invalid cursor.
 */
export function createVerificationSteps({
  store,
  config,
  publicKey
}: {
  store: Pick<AuditStore, 'verifyStep'>
  config: { secret: string }
  publicKey: string
}) {
  const key = deriveKey(config.secret, purpose)

  function open(cursor: string): Link {
    try {
      return JSON.parse(unseal(key, cursor, purpose))
    } catch {
      throw invalidMember('/cursor', 'must be the next_cursor of a step')
    }
  }

  return async (cursor?: string): Promise<AuditVerification> => {
    const from = cursor === undefined ? undefined : open(cursor)
    const { events, seals, newest, unsealed = null, broken = null, next } = await store.verifyStep([publicKey], from)
    return {
      events,
      seals,
      newest: newest.number === 0 ? null : newest,
      unsealed,
      broken,
      next_cursor: next ? seal(key, JSON.stringify(next), purpose) : null
    }
  }
}

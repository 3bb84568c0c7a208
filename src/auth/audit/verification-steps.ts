import type { AuditVerification } from '../../../routes/audit.ts'
import { invalidMember } from '../../base/errors.ts'
import { createTokenSealing, type Secrets } from '../../base/sealing.ts'
import type { Link } from '../../store/audit/seals.ts'
import type { AuditStore } from '../../store/audit/trail.ts'

const purpose = 'audit-verification'

/**
 * Verifies the audit trail step by step. The cursor is the last verified seal, encrypted, so that a client cannot
 * choose where a step begins. Throws a 400 about an invalid cursor.
 */
export function createVerificationSteps({
  store,
  config,
  trusted
}: {
  store: Pick<AuditStore, 'verifyStep'>
  config: Secrets
  /** The public keys that may have signed seals. */
  trusted: string[]
}) {
  const sealing = createTokenSealing(config, purpose)

  function open(cursor: string): Link {
    const text = sealing.open(cursor, purpose)
    if (text === undefined) throw invalidMember('/cursor', 'must be the next_cursor of a step')
    return JSON.parse(text)
  }

  return async (cursor?: string): Promise<AuditVerification> => {
    const from = cursor === undefined ? undefined : open(cursor)
    const { events, seals, newest, unsealed = null, broken = null, next } = await store.verifyStep(trusted, from)
    return {
      events,
      seals,
      newest: newest.number === 0 ? null : newest,
      unsealed,
      broken,
      next_cursor: next ? sealing.seal(JSON.stringify(next), purpose) : null
    }
  }
}

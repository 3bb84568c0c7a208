import type { PasskeySignals } from '../../../routes/passkeys.ts'
import type { Passkey } from '../../../routes/shapes.ts'
import { Problem } from '../../base/errors.ts'
import type { Secrets } from '../../base/sealing.ts'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { MailStore } from '../../store/mail.ts'
import type { PasskeyRow, SecondFactorStore } from '../../store/second-factors.ts'
import type { UserRow } from '../../store/users.ts'
import type { AuditEvents, Origin } from '../audit-events.ts'
import { assertItemName } from '../item-name.ts'
import type { Mail } from '../mail/mail.ts'
import type { Passwords } from '../passwords/passwords.ts'
import type { RecoveryCodes } from '../second-factor/recovery-codes.ts'
import { createAssertion } from './assertion.ts'
import { createChallenges } from './challenges.ts'
import { createRegistration } from './registration.ts'
import { userEntity } from './relying-party.ts'
import type { LoadWebAuthn } from './webauthn.ts'

export type Passkeys = ReturnType<typeof createPasskeys>

/** Passkeys (WebAuthn Level 3): their registration, their use in logins, and their names. */
export function createPasskeys(deps: {
  config: { rpId: string; rpOrigins: string[] } & Secrets
  store: SecondFactorStore
  outbox: MailStore
  mail: Mail
  recoveryCodes: RecoveryCodes
  passwords: Pick<Passwords, 'isUsable'>
  auditEvents: AuditEvents
  record: (event: AuditEvent) => Promise<void>
  webauthn: LoadWebAuthn
  newId: () => string
  now: () => Date
}) {
  const { config, store, auditEvents, newId, now } = deps
  const party = { id: config.rpId, origins: config.rpOrigins }
  const challenges = createChallenges({ config, newId, now })
  const registration = createRegistration({ ...deps, party, challenges })
  const assertion = createAssertion({ ...deps, party })

  return {
    registrationOptions: registration.options,
    requestOptions: assertion.options,
    verify: assertion.verify,
    reportCopy: assertion.reportCopy,
    register: registration.register,
    describe,

    /** The passkeys of an account in the order of their creation. */
    list: ({ id }: Pick<UserRow, 'id'>) => store.passkeysOf(id),

    /** The arguments with which a client tells the browser of these passkeys of `user` (WebAuthn L3 §5.1.10). */
    signals(user: UserRow, passkeys: PasskeyRow[]): PasskeySignals {
      const { id: userId, ...names } = userEntity(user)
      const allAcceptedCredentialIds = passkeys.map(({ credentialId }) => credentialId)
      return { rpId: party.id, userId, ...names, allAcceptedCredentialIds }
    },

    /** Renames a passkey of this user. Throws 400 for a name that is not allowed, and 404. */
    async rename({ id: userId }: Pick<UserRow, 'id'>, id: string, name: string, by: Origin): Promise<PasskeyRow> {
      assertItemName(name)
      const event = auditEvents.event('factor.renamed', { ...by, subject: userId, detail: { type: 'passkey', id } })
      return (await store.renamePasskey(userId, id, name, event)) ?? noSuchPasskey()
    }
  }
}

/** The passkey as the API returns it. */
const describe = ({ id, name, synced, backedUp, transports, createdAt, lastUsedAt }: PasskeyRow): Passkey => ({
  id,
  name,
  synced,
  backed_up: backedUp,
  transports,
  created_at: createdAt.toISOString(),
  last_used_at: lastUsedAt?.toISOString() ?? null
})

function noSuchPasskey(): never {
  throw new Problem('not_found', 'You have no passkey with this id.')
}

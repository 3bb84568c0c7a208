import type { RegistrationResponseJSON } from '@simplewebauthn/server'
import type { CreationOptions, PasskeyRegistration } from '../../../routes/passkey-registration.ts'
import { concurrentChange, invalidMember, Problem } from '../../base/errors.ts'
import type { PasskeyRow, SecondFactorStore } from '../../store/second-factors.ts'
import type { SessionRow } from '../../store/sessions.ts'
import type { UserRow } from '../../store/users.ts'
import { accountState } from '../account/account-state.ts'
import type { AuditEvents, Origin } from '../audit-events.ts'
import { assertItemName } from '../item-name.ts'
import type { Mail } from '../mail/mail.ts'
import type { Passwords } from '../passwords/passwords.ts'
import type { RecoveryCodes } from '../second-factor/recovery-codes.ts'
import { type NewCredential, verifyAttestation } from './attestation.ts'
import { type Challenges, challengeMs } from './challenges.ts'
import { readClientData } from './client-data.ts'
import { algorithms } from './cose-key.ts'
import { type RelyingParty, userEntity } from './relying-party.ts'
import type { LoadWebAuthn } from './webauthn.ts'

/** How many passkeys an account may have. */
export const mostPasskeys = 20

/** The registration of passkeys by the owners of accounts (WebAuthn L3 §7.1). */
export function createRegistration(deps: {
  party: RelyingParty
  store: SecondFactorStore
  challenges: Challenges
  recoveryCodes: RecoveryCodes
  passwords: Pick<Passwords, 'isUsable'>
  mail: Mail
  auditEvents: AuditEvents
  webauthn: LoadWebAuthn
  newId: () => string
  now: () => Date
}) {
  const { party, store, challenges, recoveryCodes, passwords, mail, auditEvents, newId, now } = deps

  /** The purpose of a challenge: the account, until its password or its factors change. */
  const contextOf = (user: UserRow) => `${user.id}\n${accountState(user)}`

  /**
   * Whether a passkey of this user has to verify its user: without a password, it may be the only way to log in, which
   * takes two factors.
   */
  const mustVerify = ({ passwordHash }: UserRow) => !passwords.isUsable(passwordHash)

  /** The passkeys of a user who can have another one. Throws 409. */
  async function passkeysOf(user: UserRow) {
    const passkeys = await store.passkeysOf(user.id)
    if (passkeys.length >= mostPasskeys)
      throw new Problem('limit_reached', `An account can have ${mostPasskeys} passkeys. Remove one first.`)
    return passkeys
  }

  /** The credential that was created for this user, and the row that its challenge spends. Throws 400. */
  async function verified(user: UserRow, response: RegistrationResponseJSON) {
    const webauthn = await deps.webauthn()
    try {
      const { challenge } = readClientData(response.response.clientDataJSON, 'webauthn.create', party)
      const spent = challenges.useOf(challenge, contextOf(user))
      if (!spent) throw new Error('its challenge has expired, or is not for this account')
      const rules = { ...party, mustVerify: mustVerify(user) }
      return { spent, credential: await verifyAttestation(webauthn, response, challenge, rules) }
    } catch (error) {
      const { message, cause } = error as Error
      throw notValid(message, cause)
    }
  }

  /** The refusal of a registration that the store did not take. */
  async function refusal({ credentialId }: NewCredential) {
    return (await store.passkeyWithUser(credentialId))
      ? new Problem('passkey_taken', 'This passkey is registered already.')
      : concurrentChange()
  }

  return {
    /**
     * The options with which a client creates a passkey (WebAuthn L3 §5.4), good for ten minutes and one registration,
     * until the password or the factors change. Call `enrolment.assertMayBegin` first. Throws 409 when the account has
     * as many passkeys as it can have.
     */
    async options(user: UserRow): Promise<CreationOptions> {
      const passkeys = await passkeysOf(user)
      return {
        rp: { id: party.id, name: party.id },
        user: userEntity(user),
        challenge: challenges.create(contextOf(user)),
        pubKeyCredParams: algorithms.map(alg => ({ type: 'public-key', alg })),
        timeout: challengeMs,
        excludeCredentials: passkeys.map(({ credentialId, transports }) => ({
          type: 'public-key',
          id: credentialId,
          transports
        })),
        authenticatorSelection: {
          residentKey: 'required',
          requireResidentKey: true,
          userVerification: 'preferred'
        },
        attestation: 'none'
      }
    },

    /**
     * Adds the passkey of a response to `options`. The other sessions of the user end; `session` stays as it is. An
     * account without recovery codes gets some, which are shown only here. Throws 400 for a response that is not valid,
     * or without user verification for an account without a password, and 409 when the passkey exists, the account has
     * too many, or the account or the session changes at the same time.
     */
    async register(
      user: UserRow,
      session: Pick<SessionRow, 'id'>,
      { name, response }: PasskeyRegistration,
      by: Origin
    ): Promise<{ passkey: PasskeyRow; codes: string[] | undefined }> {
      assertItemName(name)
      await passkeysOf(user)
      const { spent, credential } = await verified(user, response)
      const [id, at] = [newId(), now()]
      const passkey: PasskeyRow = {
        id,
        userId: user.id,
        ...credential,
        transports: response.response.transports ?? [],
        name,
        createdAt: at,
        lastUsedAt: null
      }
      const created = (await store.recoveryCodes(user.id)).length === 0 ? recoveryCodes.create(user.id) : undefined
      const isDone = await store.insertPasskey(user, passkey, {
        now: at,
        spent: [spent],
        session: session.id,
        recoveryCodes: created?.rows,
        messages: await mail.secondFactor('factor_added', user, at),
        event: auditEvents.event('factor.added', { ...by, subject: user.id, detail: { type: 'passkey', id } })
      })
      if (!isDone) throw await refusal(credential)
      return { passkey, codes: created?.codes }
    }
  }
}

const notValid = (reason: string, cause?: unknown) => {
  const { message, errors } = invalidMember('/response', `is not valid: ${reason}`)
  return new Problem('invalid_request', message, { errors, cause })
}

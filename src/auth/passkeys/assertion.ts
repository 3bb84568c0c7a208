import type { AuthenticationResponseJSON, PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { MailStore } from '../../store/mail.ts'
import type { FactorUse, PasskeyRow, SecondFactorStore } from '../../store/second-factors.ts'
import type { UserRow } from '../../store/users.ts'
import type { AuditEvents } from '../audit-events.ts'
import type { Mail } from '../mail/mail.ts'
import { methodsOf } from './amr.ts'
import { challengeMs } from './challenges.ts'
import { readClientData } from './client-data.ts'
import { isDerSignature } from './der-signature.ts'
import { type RelyingParty, userHandle } from './relying-party.ts'
import type { LoadWebAuthn } from './webauthn.ts'

/** The proof of a login with a passkey: the user, the methods, and the change of the passkey. */
export interface VerifiedPasskey {
  user: UserRow
  amr: string[]
  use: FactorUse & { passkey: NonNullable<FactorUse['passkey']> }
  /** Whether the use counter went back, a sign of a copied key (WebAuthn L3 §6.1.1). Such a passkey logs nobody in. */
  copied: boolean
}

/** Logins with passkeys (WebAuthn L3 §7.2). The caller makes the challenges, and lets each work once. */
export function createAssertion(deps: {
  party: RelyingParty
  store: SecondFactorStore
  outbox: MailStore
  mail: Mail
  auditEvents: AuditEvents
  record: (event: AuditEvent) => Promise<void>
  webauthn: LoadWebAuthn
  now: () => Date
}) {
  const { party, store, outbox, mail, auditEvents, record, now } = deps

  /** The state of the authenticator when it signed this challenge for this site; `undefined` when it did not. */
  async function signed(
    response: AuthenticationResponseJSON,
    { credentialId, publicKey }: PasskeyRow,
    { challenge, requireUserVerification }: { challenge: string; requireUserVerification: boolean }
  ) {
    const webauthn = await deps.webauthn()
    try {
      readClientData(response.response.clientDataJSON, 'webauthn.get', party)
      const key = new Uint8Array(Buffer.from(publicKey, 'base64url'))
      const isEs256 = webauthn.decodeCredentialPublicKey(key).get(3) === -7
      if (isEs256 && !isDerSignature(Buffer.from(response.response.signature, 'base64url'))) return undefined
      const { verified, authenticationInfo } = await webauthn.verifyAuthenticationResponse({
        response,
        expectedChallenge: challenge,
        expectedOrigin: party.origins,
        expectedRPID: party.id,
        requireUserVerification,
        // The library compares counters before it verifies the signature. Here, only a signed counter counts.
        credential: { id: credentialId, publicKey: key, counter: 0 }
      })
      return verified ? authenticationInfo : undefined
    } catch {
      return undefined
    }
  }

  return {
    /**
     * The options with which a client uses a passkey (WebAuthn L3 §5.5). They are the same for every account, so they
     * do not reveal who has a passkey.
     */
    options: ({
      challenge,
      userVerification
    }: {
      challenge: string
      userVerification: 'required' | 'preferred' | 'discouraged'
    }): PublicKeyCredentialRequestOptionsJSON => ({
      challenge,
      rpId: party.id,
      allowCredentials: [],
      userVerification,
      timeout: challengeMs
    }),

    /**
     * Checks the response to `challenge`, which may be any value. With `hasFirstFactor`, the authenticator need not
     * verify the user. The caller compares the user, refuses a copy, puts the challenge into `use.spent`, and passes
     * `use` to the store. `unknown` when no account has the passkey, and `undefined` for every other refusal.
     */
    async verify(
      response: unknown,
      { challenge, hasFirstFactor }: Ceremony
    ): Promise<VerifiedPasskey | 'unknown' | undefined> {
      if (!isAssertion(response)) return undefined
      const found = await store.passkeyWithUser(response.id)
      if (!found) return 'unknown'
      const { user, passkey } = found
      if (user.disabled || response.response.userHandle !== userHandle(user.id)) return undefined
      const info = await signed(response, passkey, { challenge, requireUserVerification: !hasFirstFactor })
      // Whether a credential can be on several devices never changes (WebAuthn L3 §6.1.3).
      if (!info || (info.credentialDeviceType === 'multiDevice') !== passkey.synced) return undefined
      const { newCounter: counter, credentialBackedUp: backedUp, userVerified: isUserVerified } = info
      const copied = counter <= passkey.counter && (counter > 0 || passkey.counter > 0)
      const amr = methodsOf(passkey, { isUserVerified, hasFirstFactor })
      const use = { spent: [], passkey: { id: passkey.id, counter, backedUp, lastUsedAt: now() } }
      return { user, amr, use, copied }
    },

    /** Records a passkey that may have been copied, and notifies the user. */
    async reportCopy({ user, use }: VerifiedPasskey, ip: string | null) {
      const detail = { type: 'passkey', id: use.passkey.id, reason: 'counter' }
      const event = auditEvents.event('factor.refused', { subject: user.id, ip, detail })
      const [message] = await mail.secondFactor('passkey_refused', user)
      await (message ? outbox.queue(message, event) : record(event))
    }
  }
}

/** The challenge of a login, and whether the login has a first factor: a password or an ID token. */
export interface Ceremony {
  challenge: string
  hasFirstFactor: boolean
}

/** Whether `value` has the text members of an assertion, so that the store and the library can read them. */
function isAssertion(value: unknown): value is AuthenticationResponseJSON {
  const { id, response } = (value ?? {}) as Partial<AuthenticationResponseJSON>
  const { clientDataJSON, authenticatorData, signature, userHandle } = response ?? {}
  return [id, clientDataJSON, authenticatorData, signature, userHandle].every(
    text => typeof text === 'string' && /^[\w-]+$/.test(text)
  )
}

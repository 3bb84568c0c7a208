import { Problem } from '../../base/errors.ts'
import { randomSecret, sha256 } from '../../base/secrets.ts'
import type { MailRow } from '../../store/mail.ts'
import type { OneTimeTokenRow, OneTimeTokenStore } from '../../store/one-time-tokens.ts'
import type { UserRow } from '../../store/users.ts'
import { addressFor } from './recipients.ts'

export type OneTimeTokens = ReturnType<typeof createOneTimeTokens>
/** The purpose of the link with a token. */
export type Purpose = OneTimeTokenRow['purpose']
/** The purposes of the links in notices, which undo the change that the notice is about. */
export type UndoPurpose = Extract<Purpose, `undo_${string}`>

/** Whether a token of this purpose undoes a change. */
export const isUndo = (purpose: Purpose): purpose is UndoPurpose => purpose.startsWith('undo_')

/** The lifetime of a token in seconds, counted from when its message is sent. */
export const lifeOf: Record<Purpose, number> = {
  verify_email: 86_400,
  reset_password: 3600,
  invitation: 604_800,
  undo_email_change: 259_200,
  undo_factor: 259_200
}

const pages: Record<Purpose, string> = {
  verify_email: '/verify-email',
  reset_password: '/reset-password',
  invitation: '/reset-password',
  undo_email_change: '/undo-email-change',
  undo_factor: '/undo-factor'
}

/** The link with a token: the URL of the HTML page for its purpose. */
export const linkWith = (issuer: string, purpose: Purpose, token: string) => `${issuer}${pages[purpose]}?token=${token}`

/**
 * The tokens in links: 256 random bits, stored as a hash. A token is valid for one purpose and one address. It
 * is valid until the password or that address of the account changes; a token that undoes a change outlives both. Use
 * a token only for a compare-and-set, so that only one of several concurrent attempts succeeds (NIST SP 800-63B-4 §4.2,
 * OWASP ASVS 6.4.1).
 */
export function createOneTimeTokens({ store, now }: { store: OneTimeTokenStore; now: () => Date }) {
  return {
    /** Creates a token for `user` and a queued message; `undefined` when the message is no longer queued. */
    async issue(
      user: UserRow,
      purpose: Purpose,
      message: Pick<MailRow, 'id' | 'address' | 'createdAt'>
    ): Promise<string | undefined> {
      const token = randomSecret()
      const expiresAt = new Date(now().getTime() + lifeOf[purpose] * 1000)
      const bound = isUndo(purpose)
        ? { state: message.createdAt.toISOString(), address: message.address }
        : { state: stateOf(user, message.address), address: null }
      const row = { hash: sha256(token), purpose, userId: user.id, ...bound, expiresAt }
      return (await store.insert(row, message.id)) ? token : undefined
    },

    /**
     * Creates the token of an invitation that an administrator hands over. It proves no address, and is valid until the
     * scopes or claims of the account change: its holder may not have them.
     */
    async handOver(user: UserRow): Promise<string> {
      const token = randomSecret()
      const expiresAt = new Date(now().getTime() + lifeOf.invitation * 1000)
      const bound = { state: handedOverState(user), address: null }
      await store.add({ hash: sha256(token), purpose: 'invitation', userId: user.id, ...bound, expiresAt })
      return token
    },

    /**
     * The token, of one of these purposes, with its user and the address that it was mailed to, `null` for one that was
     * handed over; changes nothing. Throws the same 400 for every invalid token.
     */
    async accountOf<P extends Purpose>(
      token: string,
      ...purposes: P[]
    ): Promise<{ token: OneTimeTokenRow; user: UserRow; address: string | ('invitation' extends P ? null : never) }> {
      const found = await store.withUser(sha256(token), purposes, now())
      if (!found || found.user.disabled) throw linkDoesNotWork()
      const address = addressOf(found)
      if (address === undefined) throw linkDoesNotWork()
      return { ...found, address: address as string }
    },

    /** Deletes expired tokens, until `stop` fires. */
    prune: (stop?: AbortSignal) => store.prune(now(), stop)
  }
}

/** The account state for which a token is valid. For one that undoes a change, it is the time of its message. */
const stateOf = ({ passwordHash }: UserRow, address: string) => sha256(`${passwordHash}\n${address}`)

const handedOverState = ({ passwordHash, scopes, claims }: UserRow) =>
  sha256(JSON.stringify([passwordHash, scopes, claims]))

/** The address that a valid token was mailed to; `null` when it was handed over, `undefined` when it is invalid. */
function addressOf({ token, user }: { token: OneTimeTokenRow; user: UserRow }): string | null | undefined {
  if (isUndo(token.purpose)) return token.address
  if (token.state === handedOverState(user)) return null
  const address = addressFor[token.purpose](user)
  return address !== null && token.state === stateOf(user, address) ? address : undefined
}

/** The error for every invalid token, whatever the reason. */
export const linkDoesNotWork = () =>
  new Problem('invalid_link', 'This link is invalid, has expired or was already used. Request a new one.')

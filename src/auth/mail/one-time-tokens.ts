import { Problem } from '../../errors.ts'
import type { OneTimeTokenRow, OneTimeTokenStore } from '../../store/one-time-tokens.ts'
import type { UserRow } from '../../store/users.ts'
import { randomSecret, sha256 } from '../keys/secrets.ts'

export type OneTimeTokens = ReturnType<typeof createOneTimeTokens>
export type Purpose = OneTimeTokenRow['purpose']

/** The lifetime of a token in seconds, counted from when its message is sent. */
export const lifeOf: Record<Purpose, number> = { verify_email: 86_400, reset_password: 3600 }

/**
 * The tokens in mailed links: 256 random bits, stored as a hash. A token is valid for one purpose, until the password
 * or the address of the account changes. Use a token only for a compare-and-set of that state, so that only one of
 * several concurrent attempts succeeds (NIST SP 800-63B-4 §4.2, OWASP ASVS 6.4.1).
 */
export function createOneTimeTokens({ store, now }: { store: OneTimeTokenStore; now: () => Date }) {
  return {
    /** Creates a token for `user`. */
    async issue(user: UserRow, purpose: Purpose): Promise<string> {
      const token = randomSecret()
      const expiresAt = new Date(now().getTime() + lifeOf[purpose] * 1000)
      await store.insert({ hash: sha256(token), purpose, userId: user.id, state: stateOf(user), expiresAt })
      return token
    },

    /** The user of the token; changes nothing. Throws the same 400 for every invalid token. */
    async holder(token: string, purpose: Purpose): Promise<UserRow & { email: string }> {
      const found = await store.withUser(sha256(token), purpose, now())
      if (!found || found.user.disabled || found.token.state !== stateOf(found.user)) throw linkDoesNotWork()
      // Tokens are issued only for accounts with an address.
      return found.user as UserRow & { email: string }
    },

    /** Deletes expired tokens, until `stop` fires. */
    prune: (stop?: AbortSignal) => store.prune(now(), stop)
  }
}

const stateOf = ({ passwordHash, email }: UserRow) => sha256(`${passwordHash}\n${email}`)

/** The error for every invalid token, whatever the reason. */
export const linkDoesNotWork = () =>
  new Problem(400, 'This link is invalid, has expired or was already used. Request a new one.')

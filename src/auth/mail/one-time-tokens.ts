import { Problem } from '../../errors.ts'
import type { OneTimeTokenRow, OneTimeTokenStore } from '../../store/one-time-tokens.ts'
import type { UserRow } from '../../store/users.ts'
import { randomSecret, sha256 } from '../keys/secrets.ts'

export type OneTimeTokens = ReturnType<typeof createOneTimeTokens>
export type Purpose = OneTimeTokenRow['purpose']

/** How long a token works, in seconds, counted from when its message is sent. */
export const lifeOf: Record<Purpose, number> = { verify_email: 86_400, reset_password: 3600 }

/**
 * What links in messages hold: 256 random bits, of which the database has the hash. A token is for one purpose and for
 * the state in which it was made: another password or another address voids it. So what a token is used for has to be one
 * guarded change of that state, and of several who try at once, one succeeds (NIST SP 800-63B-4 §4.2, OWASP ASVS 6.4.1).
 */
export function createOneTimeTokens({ store, now }: { store: OneTimeTokenStore; now: () => Date }) {
  return {
    /** Makes a token for `user`. */
    async issue(user: UserRow, purpose: Purpose): Promise<string> {
      const token = randomSecret()
      const expiresAt = new Date(now().getTime() + lifeOf[purpose] * 1000)
      await store.insert({ hash: sha256(token), purpose, userId: user.id, state: stateOf(user), expiresAt })
      return token
    },

    /** Whose token this is; changes nothing. Throws the one 400 for every token that does not work. */
    async holder(token: string, purpose: Purpose): Promise<UserRow & { email: string }> {
      const found = await store.withUser(sha256(token), purpose, now())
      if (!found || found.user.disabled || found.token.state !== stateOf(found.user)) throw linkDoesNotWork()
      // It was made for an address.
      return found.user as UserRow & { email: string }
    },

    /** Deletes what has expired, until `stop` fires. */
    prune: (stop?: AbortSignal) => store.prune(now(), stop)
  }
}

const stateOf = ({ passwordHash, email }: UserRow) => sha256(`${passwordHash}\n${email}`)

/** The refusal of every token that does not work, whatever the reason. */
export const linkDoesNotWork = () =>
  new Problem(400, 'This link does not work: it is not complete, has expired or was used. Ask for a new one.')

import { OAuthError } from '../../base/errors.ts'
import type { IdentityAndUser, IdentityRow, IdentityStore } from '../../store/identities.ts'
import type { UserStore } from '../../store/users.ts'
import { usernameFrom } from '../account/identifiers.ts'
import type { Origin } from '../audit-events.ts'
import type { Mail } from '../mail/mail.ts'
import type { Users } from '../users/users.ts'
import { IdTokenRefusal } from './id-token-refusal.ts'
import type { VerifiedIdToken } from './id-tokens.ts'

/** How many usernames are tried for one account. */
const mostTries = 3

/** Accounts without a password, each made by the first login of an identity. */
export function createNewAccounts(deps: {
  config: { registration: 'open' | 'closed' }
  store: IdentityStore
  accounts: Pick<UserStore, 'byUsername' | 'byVerifiedEmail'>
  users: Pick<Users, 'countRegistration' | 'withoutPassword' | 'created'>
  mail: Mail
  newRow: (token: VerifiedIdToken, userId: string) => IdentityRow
  newId: () => string
}) {
  const { config, store, accounts, users, mail, newRow, newId } = deps

  /** Why the token may make no account, if so. Its address never leads to an account that has it. */
  async function refusalOf({ email, isEmailVerified }: VerifiedIdToken): Promise<IdTokenRefusal | undefined> {
    if (config.registration === 'closed')
      return new IdTokenRefusal('Registration is closed. If you have an account here, log in and link the other one.', {
        isSigned: true,
        reason: 'registration closed'
      })
    // An address that the issuer has not verified would tell anyone whether an account here has it.
    if (email === null || !isEmailVerified || !(await accounts.byVerifiedEmail(email))) return undefined
    return new IdTokenRefusal('An account here has the address in the ID token: log in and link the other one.', {
      isSigned: true,
      reason: 'address taken'
    })
  }

  /** Adds an account with this username. `undefined` when it, the address or the identity is taken. */
  async function add(username: string, token: VerifiedIdToken, origin: Origin): Promise<IdentityAndUser | undefined> {
    const { issuer, email, isEmailTrusted, name } = token
    const { user, event } = users.withoutPassword({ username, email, full_name: name }, issuer, origin)
    const identity = newRow(token, user.id)
    const messages = isEmailTrusted ? [] : await mail.link('verify_email', user)
    const added = await store.insertWithUser({ ...user, emailVerified: isEmailTrusted }, identity, event, messages)
    return added && { user: await users.created(added), identity }
  }

  return {
    /**
     * The account for a token whose identity has none: a new one, or that of a login at the same time. Its
     * username is the local part of the address, or with random characters if that is taken. Throws an IdTokenRefusal
     * while registration is closed and for a verified address that an account here has verified too, 503
     * `temporarily_unavailable` when others take every name that it tries, and what a registration throws.
     */
    async create(token: VerifiedIdToken, origin: Origin): Promise<IdentityAndUser> {
      const base = usernameFrom(token.email?.split('@', 1)[0] ?? '')
      for (let tries = 0; tries < mostTries; tries++) {
        const refusal = await refusalOf(token)
        const isFree = tries === 0 && !(await accounts.byUsername(base))
        const username = isFree ? base : `${base}-${newId().slice(-8)}`
        if (!refusal && tries === 0) await users.countRegistration(origin)
        const added = refusal ? undefined : await add(username, token, origin)
        // A login at the same time may have made the account.
        const found = added ?? (await store.bySubject(token))
        if (found) return found
        if (refusal) throw refusal
      }
      throw new OAuthError(
        'temporarily_unavailable',
        'Other accounts are being created. Send the same request again.',
        {
          status: 503,
          headers: { 'Retry-After': '1' }
        }
      )
    }
  }
}

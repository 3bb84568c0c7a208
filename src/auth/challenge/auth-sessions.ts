import type { Acr } from '../../resource-server/options.ts'
import type { UserRow } from '../../store/users.ts'
import type { Client } from '../clients/clients.ts'
import { randomSecret } from '../keys/secrets.ts'
import { accountState } from './account-state.ts'
import { createSealedTokens, type SealedToken } from './sealed-tokens.ts'

export type AuthSessions = ReturnType<typeof createAuthSessions>

/** How long an unfinished login can be continued, in seconds. */
export const authSessionTtl = 600

/** A login or step-up that is not finished. */
export interface AuthSession extends SealedToken {
  clientId: string
  /** The user who has shown a method, and the state of the account then. Without them, nothing was shown yet. */
  userId?: string | undefined
  state?: string | undefined
  /** The methods that were shown (RFC 8176 §2). */
  amr: string[]
  /** The session to step up. */
  sessionId?: string | undefined
  /** What the authorization code shall be for. */
  scope?: string | undefined
  resource?: string | undefined
  codeChallenge?: string | undefined
  acr?: Acr | undefined
}

type NewAuthSession = Omit<AuthSession, keyof SealedToken | 'clientId' | 'userId' | 'state'>

/**
 * Auth sessions (draft-ietf-oauth-first-party-apps §5.3.1): sealed, for one client, and spent once. The `id` is also
 * the challenge for a passkey, so that a response to one auth session fits no other.
 */
export function createAuthSessions({ config, now }: { config: { secret: string }; now: () => Date }) {
  const tokens = createSealedTokens<AuthSession>(config, 'auth-sessions', now)
  return {
    ...tokens,

    /** A new auth session of `client`, for `user` if the user is known. */
    begin: (client: Pick<Client, 'id'>, user: UserRow | undefined, content: NewAuthSession): AuthSession => ({
      ...content,
      ...(user && { userId: user.id, state: accountState(user) }),
      id: randomSecret(),
      clientId: client.id,
      expiresAt: Math.floor(now().getTime() / 1000) + authSessionTtl
    })
  }
}

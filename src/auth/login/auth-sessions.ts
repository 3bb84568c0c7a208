import type { Secrets } from '../../base/sealing.ts'
import { randomSecret } from '../../base/secrets.ts'
import { secondsOf } from '../../base/times.ts'
import type { UserRow } from '../../store/users.ts'
import type { Acr } from '../../wire/requirements.ts'
import { accountState } from '../account/account-state.ts'
import type { Client } from '../clients/clients.ts'
import { createSealedTokens, type SealedToken, spentRow } from '../keys/sealed-tokens.ts'

export type AuthSessions = ReturnType<typeof createAuthSessions>

/** How long an unfinished login can be continued, in seconds. */
export const authSessionTtl = 600

/** A login or step-up that is not finished. */
export interface AuthSession extends SealedToken {
  /** The id of the first auth session of this login. Finishing the login spends it, and with it every auth session. */
  series: string
  clientId: string
  /** The user who has presented a method, and the state of the account then; absent before the first method. */
  userId?: string | undefined
  state?: string | undefined
  /**
   * The account that a code in the mail was asked for, as its counters name it, padded to one length. It has presented
   * nothing yet.
   */
  codeFor?: string | undefined
  /** The methods that were presented (RFC 8176 §2). */
  amr: string[]
  /** The id of the identity whose ID token was presented. */
  identity?: string | undefined
  /** The session to step up. */
  sessionId?: string | undefined
  /** The `scope` and `resource` of the request that began the login, its PKCE challenge and its `acr_values`. */
  scope?: string | undefined
  resource?: string | undefined
  codeChallenge?: string | undefined
  acr?: Acr | undefined
  /** The key that the login is bound to (draft-ietf-oauth-first-party-apps §9.6.1). */
  jkt?: string | undefined
  /**
   * Whether only `dpop_jkt` has named that key so far. It is no secret, so it continues no login that a proof began.
   */
  isKeyOnlyNamed?: boolean | undefined
}

type NewAuthSession = Omit<AuthSession, keyof SealedToken | 'series' | 'clientId' | 'userId' | 'state'>

/**
 * Auth sessions (draft-ietf-oauth-first-party-apps §5.3.1): sealed, and for one client. The `id` is also the challenge
 * for a passkey, so that a response to one auth session fits no other.
 */
export function createAuthSessions({ config, now }: { config: Secrets; now: () => Date }) {
  const tokens = createSealedTokens<AuthSession>(config, 'auth-sessions', now)
  return {
    ...tokens,

    /**
     * A new auth session of `client`, for `user` if the user is known. One that continues the login of `former` expires
     * with it, so that its methods do not stay valid for longer.
     */
    begin(
      client: Pick<Client, 'id'>,
      user: UserRow | undefined,
      content: NewAuthSession,
      former?: Pick<AuthSession, 'series' | 'expiresAt'>
    ): AuthSession {
      const id = randomSecret()
      const { series = id, expiresAt = secondsOf(now()) + authSessionTtl } = former ?? {}
      const account = user && { userId: user.id, state: accountState(user) }
      return { ...content, ...account, id, series, clientId: client.id, expiresAt }
    },

    /** How long the auth session can be continued, in seconds. */
    expiresIn: ({ expiresAt }: AuthSession) => expiresAt - secondsOf(now())
  }
}

/** The row that spends every auth session of a login. */
export const spentSeries = ({ series, expiresAt }: AuthSession) => spentRow('auth-session', { id: series, expiresAt })

import { secondsOf } from '../../base/times.ts'
import type { NewSession } from '../../store/sessions.ts'
import type { UserRow } from '../../store/users.ts'
import { authenticationOf } from '../sessions/authentication.ts'

/** The claims of an access token (RFC 9068 §2.2), and `sid`, the id of its session. Times are seconds. */
export interface AccessTokenClaims {
  iss: string
  aud: string | string[]
  sub: string
  client_id: string
  iat: number
  exp: number
  nbf?: number
  jti: string
  scope: string
  /** How the user authenticated: `aal1`, or `aal2` with two factors. A client's own token has none of these three. */
  acr?: string
  /** The methods (RFC 8176 §2). */
  amr?: string[]
  /** When the last method was used. */
  auth_time?: number
  /** The thumbprint of the key without which the token is useless (RFC 9449 §6.1). A bearer token has none. */
  cnf?: { jkt: string }
  /** The username of the user (OIDC Core §5.1); a client's own token has none. */
  preferred_username?: string
  sid: string
  /** This claim and the next two are of RFC 9068 §2.2.3.1. `Extensions.claims` may return other types for them. */
  roles?: string[]
  groups?: string[]
  entitlements?: string[]
  /** Claims of the account, and those that `Extensions.claims` adds. */
  [name: string]: unknown
}

/** What an access token is for, besides its session. */
export interface TokenContent {
  /** The user of the session, or `null` when a client acts for itself. */
  user: Pick<UserRow, 'username'> | null
  audience: string | string[]
  scope: string[]
  /** The thumbprint of the key that the token is bound to (RFC 9449 §6.1). */
  jkt?: string | undefined
  /** Additional claims. */
  claims?: Record<string, unknown>
}

/** The claims of every access token, and of a personal access token where it stands for one. */
export const accessTokenClaims = (
  session: Pick<NewSession, 'id' | 'userId' | 'clientId' | 'amr' | 'authTime'>,
  { user, audience, scope, jkt, claims }: TokenContent,
  { iss, iat, exp, jti }: Pick<AccessTokenClaims, 'iss' | 'iat' | 'exp' | 'jti'>
): AccessTokenClaims => ({
  ...claims,
  iss,
  aud: audience,
  sub: session.userId ?? session.clientId,
  client_id: session.clientId,
  iat,
  exp,
  jti,
  scope: scope.join(' '),
  ...(jkt !== undefined && { cnf: { jkt } }),
  ...(user && { preferred_username: user.username }),
  ...(session.authTime && authenticationClaims(session)),
  sid: session.id
})

function authenticationClaims(session: Pick<NewSession, 'amr' | 'authTime'>) {
  const { acr, amr, authTime } = authenticationOf(session)
  return { acr, amr, auth_time: secondsOf(authTime) }
}

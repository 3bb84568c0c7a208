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

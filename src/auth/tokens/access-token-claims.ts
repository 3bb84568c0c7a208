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
  auth_time?: number
  sid: string
  /** Claims that `Extensions.claims` adds. */
  [name: string]: unknown
}

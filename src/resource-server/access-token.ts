import { isFor } from '../wire/audience.ts'
import { rolesOf } from '../wire/roles.ts'
import { invalidToken } from './bearer-error.ts'

/** The content of a verified access token. */
export interface AccessToken {
  /** The id of the user, or of the client for a client's own token. */
  sub: string
  /** The name of the user (`preferred_username`); `undefined` for a client's own token. */
  username: string | undefined
  /** The client that the token was issued to. */
  clientId: string
  /** The granted scopes. */
  scopes: string[]
  /** The claim `roles` (RFC 9068 §2.2.3.1); empty when the token has none, or not as an array of strings. */
  roles: string[]
  /** The login that the token belongs to; always set in tokens of Sallyport. */
  sessionId: string | undefined
  /** The authentication context class of the login, `aal1` or `aal2`; `undefined` for a client's own token. */
  acr: string | undefined
  /** The methods of the login (RFC 8176 §2); `undefined` for a client's own token. */
  amr: string[] | undefined
  /** When the user last authenticated; `undefined` for a client's own token. */
  authTime: Date | undefined
  issuedAt: Date
  expiresAt: Date
  /** Every claim, unchanged from the token or, with introspection, every member of the response. */
  claims: Record<string, unknown>
}

/** The part of a request that proves the key of its access token (RFC 9449). A request of Fastify is one. */
export interface ProvingRequest {
  /** By name in lower case; `dpop` is the proof. */
  headers: { [name: string]: string | string[] | undefined }
  method: string
  /** The path and the query, as the client sent them. */
  originalUrl: string
}

/**
 * Verifies an access token. Rejects with a BearerError: 401 for an invalid token, 503 when it cannot be verified.
 */
export type CheckToken = (token: string) => Promise<AccessToken>

/**
 * The access token with these claims. Throws a BearerError (401) unless it was issued by `issuer` for `audience`, has
 * the claims of RFC 9068 §2.2 (§4), and is valid at `now`, within `leeway` seconds. The caller checks the signature and
 * the type.
 */
export function readAccessToken(
  claims: Record<string, unknown>,
  { issuer, audience, leeway, now }: { issuer: string; audience: string; leeway: number; now: Date }
): AccessToken {
  const { iss, aud, sub, client_id, jti, iat, nbf, exp, scope, sid, preferred_username } = claims as Partial<Claims>
  const { acr, amr, auth_time, cnf } = claims as Partial<Claims>
  const seconds = now.getTime() / 1000
  const rules: [claim: string, holds: boolean, fault?: string][] = [
    ['iss', iss === issuer],
    ['aud', isFor(aud, audience)],
    ['sub', isText(sub)],
    ['client_id', isText(client_id)],
    ['jti', isText(jti)],
    ['iat', Number.isFinite(iat)],
    ['nbf', nbf === undefined || Number.isFinite(nbf)],
    ['exp', Number.isFinite(exp)],
    ['scope', scope === undefined || typeof scope === 'string'],
    ['sid', sid === undefined || isText(sid)],
    ['preferred_username', preferred_username === undefined || isText(preferred_username)],
    ['acr', acr === undefined || isText(acr)],
    ['amr', amr === undefined || (Array.isArray(amr) && amr.every(isText))],
    ['auth_time', auth_time === undefined || Number.isFinite(auth_time)],
    // Another confirmation (RFC 7800) than a thumbprint cannot be checked.
    ['cnf', cnf === undefined || isText(cnf?.jkt)],
    ['iat', Number(iat) <= seconds + leeway, 'is in the future'],
    ['nbf', Number(nbf ?? iat) <= seconds + leeway, 'is in the future'],
    ['exp', Number(exp) > seconds - leeway, 'is in the past']
  ]
  const [wrong, , fault = 'is missing or invalid'] = rules.find(([, holds]) => !holds) ?? []
  if (wrong) throw invalidToken(new Error(`The claim ${wrong} ${fault}.`))
  const checked = claims as unknown as Claims
  return {
    sub: checked.sub,
    username: checked.preferred_username,
    clientId: checked.client_id,
    scopes: (checked.scope ?? '').split(' ').filter(scope => scope !== ''),
    roles: rolesOf(claims),
    sessionId: checked.sid,
    acr: checked.acr,
    amr: checked.amr,
    authTime: checked.auth_time === undefined ? undefined : new Date(checked.auth_time * 1000),
    issuedAt: new Date(checked.iat * 1000),
    expiresAt: new Date(checked.exp * 1000),
    claims
  }
}

interface Claims {
  iss: string
  aud: string | string[]
  sub: string
  client_id: string
  jti: string
  iat: number
  nbf?: number
  exp: number
  scope?: string
  sid?: string
  preferred_username?: string
  acr?: string
  amr?: string[]
  auth_time?: number
  cnf?: { jkt?: unknown } | null
}

const isText = (value: unknown) => typeof value === 'string' && value !== ''

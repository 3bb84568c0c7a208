import { hash } from 'node:crypto'
import type { IdentityProvider } from '../../config/identity-providers.ts'

/** How old an ID token may be (seconds). */
export const maxAge = 600
/** How far the clock of an issuer may be ahead (seconds). */
export const leeway = 60

/**
 * The rule that the claims of an ID token break, as a sentence; `undefined` when they break none (OpenID Connect Core
 * 1.0 §3.1.3.7). The caller checks `iss` and the signature. `nonce` is that of the request.
 */
export function brokenRule(
  claims: Record<string, unknown>,
  { clientIds, nonce, now }: Pick<IdentityProvider, 'clientIds'> & { nonce: string | undefined; now: Date }
): string | undefined {
  const { aud, azp, sub, iat, nbf, exp, auth_time, events } = claims
  const audiences = [aud].flat()
  const isOurs = (client: unknown) => typeof client === 'string' && clientIds.includes(client)
  const seconds = now.getTime() / 1000
  const rules: [holds: boolean, rule: string][] = [
    [isSubject(sub), 'The sub of an ID token must have 1 to 255 printable ASCII characters.'],
    [audiences.length > 0 && audiences.every(isOurs), 'The ID token is for a client id that is not configured here.'],
    [azp === undefined || isOurs(azp), 'The azp of the ID token is a client id that is not configured here.'],
    [audiences.length < 2 || azp !== undefined, 'An ID token for several client ids must have an azp.'],
    [events === undefined, 'The token is a logout token and not an ID token.'],
    [isTime(exp), 'The exp of an ID token must be a number.'],
    [isTime(iat), 'The iat of an ID token must be a number.'],
    [nbf === undefined || isTime(nbf), 'The nbf of an ID token must be a number.'],
    [auth_time === undefined || isTime(auth_time), 'The auth_time of an ID token must be a number.'],
    [Number(iat) <= seconds + leeway, `The iat of the ID token is in the future${hint}`],
    [Number(nbf ?? iat) <= seconds + leeway, `The nbf of the ID token is in the future${hint}`],
    [Number(exp) > seconds, `The ID token has expired${hint}`],
    [Number(iat) >= seconds - maxAge, `The ID token was issued more than ten minutes ago${hint}`]
  ]
  return rules.find(([holds]) => !holds)?.[1] ?? brokenNonce(claims.nonce, nonce)
}

const hint = ', or the clock of this server or of the issuer is wrong.'

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

const isSubject = (value: unknown) => typeof value === 'string' && /^[\x20-\x7e]{1,255}$/.test(value)

function brokenNonce(claim: unknown, nonce: string | undefined): string | undefined {
  if (claim === undefined)
    return nonce === undefined ? undefined : 'The request has a nonce, but the ID token has none.'
  if (nonce === undefined) return 'The ID token has a nonce: send the parameter nonce.'
  // Apple's examples put the SHA-256 of the nonce into the request, in hexadecimal digits.
  const right = [nonce, hash('sha256', nonce, 'hex'), hash('sha256', nonce, 'base64url')]
  return right.includes(claim as string)
    ? undefined
    : 'The nonce of the ID token is neither that of the request nor its SHA-256.'
}

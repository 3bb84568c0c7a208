import type { TokenScheme } from './authenticate-header.ts'

/** The access token of an `Authorization` header, and its scheme. */
export interface PresentedToken {
  scheme: TokenScheme
  token: string
}

// Without the flag i, which takes longer for each character of the token.
const credentials = /^([A-Za-z]+) +([A-Za-z0-9\-._~+/]+=*)$/
const schemes = new Map<string, TokenScheme>([
  ['bearer', 'Bearer'],
  ['dpop', 'DPoP']
])

/**
 * The token of an `Authorization` header (RFC 6750 §2.1, RFC 9449 §7.1). Returns `undefined` when there is no header or
 * it has another scheme, which DPoP is unless `takesDpop`; and `'malformed'` unless the scheme is followed by one or
 * more spaces and a token.
 */
export function parseAuthorization(
  authorization: string | undefined,
  takesDpop = true
): PresentedToken | 'malformed' | undefined {
  if (authorization === undefined) return undefined
  const [, name = '', token] = credentials.exec(authorization) ?? /^([A-Za-z]+)(?:\s|$)/.exec(authorization) ?? []
  const scheme = schemes.get(name.toLowerCase())
  if (scheme === undefined || (scheme === 'DPoP' && !takesDpop)) return undefined
  return token === undefined ? 'malformed' : { scheme, token }
}

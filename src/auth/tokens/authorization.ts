/** The access token of an `Authorization` header, and its scheme. */
export interface PresentedToken {
  scheme: 'Bearer' | 'DPoP'
  token: string
}

/**
 * The token of an `Authorization` header (RFC 6750 §2.1, RFC 9449 §7.1). Returns `undefined` when there is no header or
 * it has another scheme, and `'malformed'` unless the scheme is followed by one or more spaces and a token.
 */
export function parseAuthorization(authorization = ''): PresentedToken | 'malformed' | undefined {
  const [, name] = /^(bearer|dpop)(?:\s|$)/i.exec(authorization) ?? []
  if (name === undefined) return undefined
  const [, token] = /^\S+ +([A-Za-z0-9\-._~+/]+=*)$/.exec(authorization) ?? []
  if (token === undefined) return 'malformed'
  return { scheme: /^d/i.test(name) ? 'DPoP' : 'Bearer', token }
}

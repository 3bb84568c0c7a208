/**
 * The token of an `Authorization` header (RFC 6750 §2.1): `undefined` when the scheme is another one or there is no
 * header, and `'malformed'` when what follows `Bearer` is not one blank or more and a token.
 */
export function parseBearer(authorization: string | undefined): { token: string } | 'malformed' | undefined {
  const [, scheme = '', rest = ''] = /^(\S*)(.*)$/s.exec(authorization ?? '') ?? []
  if (scheme.toLowerCase() !== 'bearer') return undefined
  const [, token] = /^ +([A-Za-z0-9\-._~+/]+=*)$/.exec(rest) ?? []
  return token === undefined ? 'malformed' : { token }
}

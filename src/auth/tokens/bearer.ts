/**
 * The token of an `Authorization` header (RFC 6750 §2.1). Returns `undefined` when there is no header or it has another
 * scheme, and `'malformed'` unless `Bearer` is followed by one or more spaces and a token.
 */
export function parseBearer(authorization: string | undefined): { token: string } | 'malformed' | undefined {
  if (authorization === undefined || !/^bearer(\s|$)/i.test(authorization)) return undefined
  const [, token] = /^\S+ +([A-Za-z0-9\-._~+/]+=*)$/.exec(authorization) ?? []
  return token === undefined ? 'malformed' : { token }
}

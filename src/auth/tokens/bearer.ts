/**
 * The token of an `Authorization` header (RFC 6750 §2.1): `undefined` when the scheme is another one or there is no
 * header, and `'malformed'` when what follows `Bearer` is not one blank or more and a token.
 */
export function parseBearer(authorization: string | undefined): { token: string } | 'malformed' | undefined {
  if (authorization === undefined || !/^bearer(\s|$)/i.test(authorization)) return undefined
  const [, token] = /^\S+ +([A-Za-z0-9\-._~+/]+=*)$/.exec(authorization) ?? []
  return token === undefined ? 'malformed' : { token }
}

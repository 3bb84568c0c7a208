import { parseAuthorization } from '../auth/tokens/authorization.ts'
import { malformedHeader, missingToken } from './bearer-error.ts'

/**
 * The access token of an `Authorization` header, the only place where one is accepted (RFC 6750 §2.1). Throws a
 * BearerError: 401 when there is none, 400 when the header is malformed.
 */
export function bearerToken(authorization: string | undefined): string {
  const bearer = parseAuthorization(authorization)
  if (bearer === undefined) throw missingToken()
  if (bearer === 'malformed') throw malformedHeader()
  return bearer.token
}

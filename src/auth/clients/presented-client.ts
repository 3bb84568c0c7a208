import { OAuthError } from '../../base/errors.ts'

/** The client credentials of a token request. */
export interface ClientCredentials {
  client_id?: string | undefined
  client_secret?: string | undefined
  authorization?: string | undefined
}

/**
 * The client id and secret that a request presents (RFC 6749 §2.3.1). `id` is `undefined` when the request names no
 * client. Throws `invalid_client` for a header that is not HTTP Basic, and `invalid_request` for two authentication
 * methods at once (§2.3).
 */
export function presentedClient({ client_id, client_secret, authorization }: ClientCredentials): {
  id: string | undefined
  secret: string
} {
  const basic = authorization === undefined ? undefined : parseBasic(authorization)
  // Swagger UI sends `Basic Og==`, an empty id and secret, when its client fields are left blank.
  if (!basic || (basic.id === '' && basic.secret === '')) return { id: client_id, secret: client_secret ?? '' }
  if (client_secret !== undefined) {
    throw new OAuthError(
      'invalid_request',
      'Authenticate the client in the Authorization header or in the form, not in both.'
    )
  }
  if (client_id !== undefined && client_id !== basic.id) {
    throw new OAuthError('invalid_request', 'client_id does not match the Authorization header.')
  }
  return basic
}

/** The client id and secret of an HTTP Basic header, form-decoded as RFC 6749 §2.3.1 and Appendix B require. */
function parseBasic(authorization: string): { id: string; secret: string } {
  const [, encoded] = /^basic +([A-Za-z0-9+/_-]+={0,2}) *$/i.exec(authorization) ?? []
  const text = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 0) {
    throw invalidClient(
      'The Authorization header must be HTTP Basic with a client id and a secret; omit it for the built-in client.'
    )
  }
  try {
    return { id: formDecode(text.slice(0, colon)), secret: formDecode(text.slice(colon + 1)) }
  } catch {
    throw invalidClient('The client id and secret must be form-encoded before Base64.')
  }
}

/** Decodes a form-encoded name or value. Most have nothing to decode. Throws a URIError. */
export const formDecode = (text: string) =>
  text.includes('%') || text.includes('+') ? decodeURIComponent(text.replaceAll('+', ' ')) : text

/**
 * The error when client authentication fails: 401 with a challenge for HTTP Basic (RFC 6749 §5.2).
 */
export const invalidClient = (description: string) =>
  new OAuthError('invalid_client', description, {
    status: 401,
    headers: { 'WWW-Authenticate': 'Basic realm="sallyport", charset="UTF-8"' }
  })

import type { RunningServer } from '../processes.ts'
import type { HttpRequest } from '../request.ts'
import type { Program } from './entrant.ts'

/** The requests of OAuth 2.0 to a running server; those that it does not answer are missing. */
export interface OAuth {
  /** The refresh tokens of so many new logins. */
  logIns(count: number): Promise<string[]>
  /** A public client's refresh. Its body ends with the token. */
  refresh(token: string): HttpRequest
  /** The requests of confidential clients for tokens of their own: several where one may not ask as often. */
  clientCredentials: [HttpRequest, ...HttpRequest[]]
  /** A confidential client's question whether a token is valid. */
  introspect?(token: string, hint: 'access_token' | 'refresh_token'): HttpRequest
}

/** A server that issues tokens. */
export interface TokenServer extends Program {
  /** How its work for a request differs from that of Sallyport, as a predicate. */
  differs: Partial<Record<keyof OAuth, string>>
  /** Creates an account and clients on a server that was started a moment ago. */
  setUp(server: RunningServer): Promise<OAuth>
}

/** Settings of every token server: its logins are not measured, and the account may register clients. */
export const settings = { BCRYPT_COST: '4', DEFAULT_SCOPES: 'me,introspect,clients:write' }

export const postRefresh = (path: string, token: string, clientId?: string): HttpRequest => {
  const client = clientId === undefined ? '' : `client_id=${clientId}&`
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return { method: 'POST', path, headers, body: `${client}grant_type=refresh_token&refresh_token=${token}` }
}

/** The request of a client that authenticates (RFC 6749 §2.3.1). */
export function asClient(id: string, secret: string, { headers, ...request }: HttpRequest): HttpRequest {
  const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
  return { ...request, headers: { ...headers, authorization } }
}

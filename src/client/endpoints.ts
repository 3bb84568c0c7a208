import { errorOf } from './oauth-error.ts'
import { problemOf } from './problem-error.ts'

export type Endpoints = ReturnType<typeof createEndpoints>

/** The response of `/token` (RFC 6749 §5.1); `expires_in` is in seconds. */
export interface Tokens {
  access_token: string
  expires_in: number
  refresh_token?: string
  scope: string
}

/**
 * The parameters of a login. Without `scope`, it requests all scopes that the user may have, except those that
 * administer the server.
 */
export interface Credentials {
  username: string
  password: string
  scope?: string | undefined
}

/** A new password, and the current one. */
export interface PasswordChange {
  currentPassword: string
  newPassword: string
}

/** Timeout of a response while other callers may be waiting, in milliseconds. */
const patienceMs = 8000

/** The endpoints of the server at `url`. They reject with an OAuthError, or with the error of `fetch`. */
export function createEndpoints(url: string, clientId: string, fetch: typeof globalThis.fetch) {
  async function post(path: string, form: Record<string, string>, init?: RequestInit) {
    // A parameter without a value counts as omitted (RFC 6749 §3.2).
    const body = new URLSearchParams({ ...form, client_id: clientId })
    // A redirect would forward the password or the token.
    const response = await fetch(url + path, { method: 'POST', body, redirect: 'error', ...init })
    const answer: unknown = await response.json().catch(() => undefined)
    return { response, answer }
  }

  async function token(form: Record<string, string>, init?: RequestInit): Promise<Tokens> {
    const { response, answer } = await post('/token', form, init)
    if (!isTokens(response, answer)) throw errorOf(response, answer)
    return answer
  }

  return {
    /** Changes the password. Rejects with a ProblemError instead. */
    async changePassword(accessToken: string, { currentPassword, newPassword }: PasswordChange): Promise<Tokens> {
      const response = await fetch(`${url}/users/me/password`, {
        method: 'PUT',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${accessToken}` },
        body: JSON.stringify({ current_password: currentPassword, new_password: newPassword }),
        redirect: 'error'
      })
      const answer: unknown = await response.json().catch(() => undefined)
      if (!isTokens(response, answer)) throw problemOf(response, answer)
      return answer
    },

    /** The password grant (RFC 6749 §4.3). */
    logIn: ({ username, password, scope = '' }: Credentials) =>
      token({ grant_type: 'password', username, password, scope }),

    /** The refresh grant (RFC 6749 §6), for a token of the API `resource` if given (RFC 8707 §2.2). */
    refresh: (refreshToken: string, resource = '') =>
      token(
        { grant_type: 'refresh_token', refresh_token: refreshToken, resource },
        { signal: AbortSignal.timeout(patienceMs) }
      ),

    /** Ends the login of this token (RFC 7009), even if the page is closed meanwhile. */
    async revoke(token: string): Promise<void> {
      const init = { signal: AbortSignal.timeout(patienceMs), keepalive: true }
      const { response, answer } = await post('/revoke', { token }, init)
      if (!response.ok) throw errorOf(response, answer)
    }
  }
}

const isTokens = ({ ok }: Response, answer: unknown): answer is Tokens =>
  ok && typeof (answer as Tokens | undefined)?.access_token === 'string'

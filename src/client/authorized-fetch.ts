import type { Login, LoginStore } from './login-store.ts'
import type { Refresh } from './refresh.ts'
import { createReplayableRequest } from './replayable-request.ts'

/** `fetch` with the access token of the stored login, for these origins only. */
export function createAuthorizedFetch(deps: {
  fetch: typeof globalThis.fetch
  origins: Set<string>
  logins: LoginStore
  refresh: Refresh['refresh']
}): typeof globalThis.fetch {
  const { fetch, origins, logins, refresh } = deps

  async function usableLogin(): Promise<Login | undefined> {
    const login = await logins.read()
    if (!login || Date.now() < login.refreshAt) return login
    const successor = refresh(login)
    if (Date.now() >= login.expiresAt) return await successor
    // The token is still valid, so the request does not wait. If the refresh fails, the next request retries.
    successor.catch(() => {})
    return login
  }

  return async (input, init) => {
    const { url, signal, isSentOnce, send } = createReplayableRequest(fetch, input, init)
    signal?.throwIfAborted()
    const { origin } = new URL(url)
    // Sent without the token, the request would fail like after the end of the login.
    if (!origins.has(origin)) {
      throw new Error(`${origin} is not in the origins of the client: add it, or use the global fetch.`)
    }
    const login = await unlessAborted(signal, usableLogin())
    if (!login) return await send()
    const answer = await send(login.accessToken, true)
    if (!isInvalidToken(answer)) return answer
    const next = await unlessAborted(signal, refresh(login)).catch(error => {
      discard(answer)
      throw error
    })
    if (!next || isSentOnce) return answer
    discard(answer)
    return await send(next.accessToken)
  }
}

/** Whether the response rejects the token as expired, revoked or malformed (RFC 6750 §3.1). */
const isInvalidToken = ({ status, headers }: Response) =>
  status === 401 && /\berror="?invalid_token\b/.test(headers.get('WWW-Authenticate') ?? '')

/** Releases the connection of an unread response. */
function discard({ body }: Response): void {
  body?.cancel().catch(() => {})
}

/** The value of `result`, unless the request is aborted first. */
async function unlessAborted<T>(signal: AbortSignal | undefined, result: Promise<T>): Promise<T> {
  if (!signal) return await result
  return await new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason)
    signal.addEventListener('abort', leave)
    if (signal.aborted) leave()
    // The signal may belong to a whole page and outlive the request.
    result.finally(() => signal.removeEventListener('abort', leave)).then(resolve, reject)
  })
}

import type { KeptLogin, Login } from './login-store.ts'
import type { Refresh } from './refresh.ts'
import { createOutgoing } from './replayable-request.ts'

/** `fetch` with the access token of the stored login, for these origins only. */
export function createAuthorizedFetch(deps: {
  fetch: typeof globalThis.fetch
  origins: Set<string>
  kept: KeptLogin
  refresh: Refresh
}): typeof globalThis.fetch {
  const { fetch, origins, kept, refresh } = deps

  async function usableLogin(): Promise<Login | undefined> {
    const login = await kept.read()
    if (!login || Date.now() < login.refreshAt) return login
    const successor = refresh(login)
    if (Date.now() >= login.expiresAt) return await successor
    // The token still works, so the request does not wait. If the refresh fails, the next request tries again.
    successor.catch(() => {})
    return login
  }

  return async (input, init) => {
    const { url, signal, isSentOnce, send } = createOutgoing(fetch, input, init)
    signal?.throwIfAborted()
    const { origin } = new URL(url)
    // The request is not sent without the token either, because a mistake would then look like an ended login.
    if (!origins.has(origin)) {
      throw new Error(`${origin} may not have the access token: add it to the client's origins, or use fetch itself.`)
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

/** Releases the connection of a response that is not read. */
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

import type { KeptLogin, Login } from './login-store.ts'
import type { Refresh } from './refresh.ts'
import { createOutgoing } from './replayable-request.ts'

/** `fetch` with the access token of the kept login, to these origins and to no other. */
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
    // Not sent without the token either: a mistake would then look like a login that has ended.
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

/** Whether this is the answer to a token that is expired, revoked or malformed (RFC 6750 §3.1). */
const isInvalidToken = ({ status, headers }: Response) =>
  status === 401 && /\berror="?invalid_token\b/.test(headers.get('WWW-Authenticate') ?? '')

/** Gives back the connection of an answer that nobody reads. */
function discard({ body }: Response): void {
  body?.cancel().catch(() => {})
}

/** What `result` resolves to, unless the request is aborted before. */
async function unlessAborted<T>(signal: AbortSignal | undefined, result: Promise<T>): Promise<T> {
  if (!signal) return await result
  return await new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason)
    signal.addEventListener('abort', leave)
    if (signal.aborted) leave()
    // The signal may be that of a whole page.
    result.finally(() => signal.removeEventListener('abort', leave)).then(resolve, reject)
  })
}

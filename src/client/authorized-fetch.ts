import { challengeError } from './challenge.ts'
import type { DpopKeys } from './dpop-keys.ts'
import type { Login, LoginStore } from './login-store.ts'
import type { Refresh } from './refresh.ts'
import { createReplayableRequest } from './replayable-request.ts'
import { type createTokenSender, discard } from './token-scheme.ts'

/** `fetch` with the access token of the stored login, for these origins only. */
export function createAuthorizedFetch(deps: {
  fetch: typeof globalThis.fetch
  origins: Set<string>
  logins: LoginStore
  refresh: Refresh['refresh']
  keys: DpopKeys
  sendWithToken: ReturnType<typeof createTokenSender>
}): typeof globalThis.fetch {
  const { fetch, origins, logins, refresh, keys, sendWithToken } = deps

  async function usableLogin(): Promise<Login | undefined> {
    const login = await logins.read()
    // The server refuses to refresh a login whose key is lost, and so ends it.
    const isUsable = !login || login.jkt === undefined || (await keys.of(login.jkt)) !== undefined
    if (!login || (isUsable && Date.now() < login.refreshAt)) return login
    const successor = refresh(login)
    if (!isUsable || Date.now() >= login.expiresAt) return await successor
    // The token is still valid, so the request does not wait. If the refresh fails, the next request retries.
    successor.catch(() => {})
    return login
  }

  return async (input, init) => {
    const request = createReplayableRequest(fetch, input, init)
    const { url, signal, isSentOnce } = request
    signal?.throwIfAborted()
    const { origin } = new URL(url)
    // Sent without the token, the request would fail like after the end of the login.
    if (!origins.has(origin)) {
      throw new Error(`${origin} is not in the origins of the client: add it, or use the global fetch.`)
    }
    const login = await unlessAborted(signal, usableLogin())
    if (!login) return await request.send()
    const answer = await sendWithToken(request, login, true)
    // Expired, revoked or malformed (RFC 6750 §3.1).
    if (challengeError(answer) !== 'invalid_token') return answer
    const next = await unlessAborted(signal, refresh(login)).catch(error => {
      discard(answer)
      throw error
    })
    if (!next || isSentOnce) return answer
    discard(answer)
    return await sendWithToken(request, next, false)
  }
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

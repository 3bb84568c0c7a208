import { challengeError } from './challenge.ts'
import type { Login } from './login-store.ts'
import { createReplayableRequest } from './replayable-request.ts'
import { type createTokenSender, discard } from './token-scheme.ts'

/** The access token that requests are sent with. */
export interface TokenSource {
  /** The login with the token, which is valid; `undefined` while no user is logged in. */
  current(): Promise<Login | undefined>
  /** The login with the next token, after an API has refused this one. */
  next(refused: Login): Promise<Login | undefined>
}

/** `fetch` with the access token of `source`, for these origins only. */
export function createAuthorizedFetch(deps: {
  fetch: typeof globalThis.fetch
  origins: Set<string>
  source: TokenSource
  sendWithToken: ReturnType<typeof createTokenSender>
}): typeof globalThis.fetch {
  const { fetch, origins, source, sendWithToken } = deps

  return async (input, init) => {
    const request = createReplayableRequest(fetch, input, init)
    const { url, signal, isSentOnce } = request
    signal?.throwIfAborted()
    const { origin } = new URL(url)
    // Sent without the token, the request would fail like after the end of the login.
    if (!origins.has(origin)) {
      throw new Error(`${origin} is not in the origins of the client: add it, or use the global fetch.`)
    }
    const login = await unlessAborted(signal, source.current())
    if (!login) return await request.send()
    const answer = await sendWithToken(request, login, true)
    // Expired, revoked or malformed (RFC 6750 §3.1).
    if (challengeError(answer) !== 'invalid_token') return answer
    const next = await unlessAborted(signal, source.next(login)).catch(error => {
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

import type { KeptLogin, Login } from './kept-login.ts'
import type { Refresh } from './refresh.ts'

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
    try {
      return await refresh(login)
    } catch (error) {
      if (Date.now() < login.expiresAt) return login
      throw error
    }
  }

  return async (input, init) => {
    const request = new Request(input, init)
    request.signal.throwIfAborted()
    const { origin } = new URL(request.url)
    // Not sent without the token either: a mistake would then look like a login that has ended.
    if (!origins.has(origin)) {
      throw new Error(`${origin} may not have the access token: add it to the client's origins, or use fetch itself.`)
    }
    const login = await unlessAborted(request, usableLogin())
    if (!login) return await fetch(request)
    // A body can be sent once, and may be needed again.
    const answer = await fetch(withToken(request.clone(), login))
    if (!isInvalidToken(answer)) return answer
    const next = await unlessAborted(request, refresh(login))
    if (!next) return answer
    await answer.body?.cancel()
    return await fetch(withToken(request, next))
  }
}

function withToken(request: Request, { accessToken }: Login): Request {
  request.headers.set('Authorization', `Bearer ${accessToken}`)
  return request
}

/** Whether this is the answer to a token that is expired, revoked or malformed (RFC 6750 §3.1). */
const isInvalidToken = ({ status, headers }: Response) =>
  status === 401 && /\berror="?invalid_token\b/.test(headers.get('WWW-Authenticate') ?? '')

/** What `result` resolves to, unless the request is aborted before. */
const unlessAborted = <T>({ signal }: Request, result: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    result.then(resolve, reject)
  })

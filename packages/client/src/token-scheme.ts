import { asksForDpop, challengeError } from './challenge.ts'
import type { BoundKey } from './dpop-key.ts'
import type { DpopKeys } from './dpop-keys.ts'
import type { SendProved } from './dpop-proof.ts'
import type { Login } from './login-store.ts'
import { createReplayableRequest, type ReplayableRequest } from './replayable-request.ts'

/**
 * Sends the access token of a login, bound or not. A bound token is sent with a proof below the server's `url`, and
 * elsewhere as a bearer token until an answer asks for the scheme DPoP: an API that does not know DPoP takes it as a
 * bearer token (RFC 9449 §7.2), and its CORS may not allow the header. A 401 that does not name the scheme of the
 * request changes the scheme for this origin and first part of the path.
 */
export function createTokenSender(deps: {
  url: string
  fetch: typeof globalThis.fetch
  keys: DpopKeys
  prove: SendProved
}) {
  const { url, fetch, keys, prove } = deps
  /** Whether the scheme is DPoP. */
  const schemes = new Map<string, boolean>()

  return async function sendWithToken(request: ReplayableRequest, login: Login, isKept: boolean): Promise<Response> {
    const { accessToken } = login
    const key = login.jkt === undefined ? undefined : await keys.of(login.jkt)
    const asBearer = (isKept: boolean) => request.send({ Authorization: `Bearer ${accessToken}` }, isKept)
    if (!key) return await asBearer(isKept)

    async function asDpop(key: BoundKey): Promise<Response> {
      let last: Response | undefined
      const { response } = await prove(key, { ...request, accessToken }, async headers => {
        if (last) discard(last)
        last = await request.send(headers, true)
        return { response: last, error: challengeError(last) }
      })
      return response
    }

    const { origin, pathname } = new URL(request.url)
    const place = `${origin}/${pathname.split('/')[1]}`
    // A stream cannot be sent again, so another request finds out the scheme and the nonce.
    if (request.isSentOnce && schemes.get(place) !== false) {
      const probe = createReplayableRequest(fetch, request.url, { method: 'HEAD', signal: request.signal ?? null })
      await sendWithToken(probe, login, true).then(discard, () => {})
    }
    const isDpop = schemes.get(place) ?? request.url.startsWith(`${url}/`)
    const answer = await (isDpop ? asDpop(key) : asBearer(true))
    const wantsDpop = asksForDpop(answer)
    const isAccepted = answer.status !== 401 || challengeError(answer) === 'insufficient_user_authentication'
    const suits = isAccepted || wantsDpop === isDpop
    schemes.set(place, suits ? isDpop : wantsDpop)
    if (suits || request.isSentOnce) return answer
    discard(answer)
    return await (wantsDpop ? asDpop(key) : asBearer(true))
  }
}

/** Releases the connection of an unread response. */
export function discard({ body }: Response): void {
  body?.cancel().catch(() => {})
}

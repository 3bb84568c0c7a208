import { base64url } from './base64url.ts'
import { type BoundKey, hash, publicJwk } from './dpop-key.ts'

/** The request that a proof is for. */
interface ProvedRequest {
  method: string
  url: string
  /** The access token that is sent with it. */
  accessToken?: string | undefined
}

/** The last nonce of an origin, and how far its clock is ahead. */
interface OriginState {
  nonce: string | undefined
  aheadMs: number
}

export type SendProved = ReturnType<typeof createProver>['prove']

/** A clock is corrected when it is this wrong. Servers accept some seconds, and `Date` has whole ones. */
const tolerableMs = 5000

/** Sends requests with proofs (RFC 9449 §4). It remembers the nonce and the clock of each origin. */
export function createProver() {
  const places = new Map<string, OriginState>()

  function placeOf(url: string): OriginState {
    const { origin } = new URL(url)
    const place = places.get(origin) ?? { nonce: undefined, aheadMs: 0 }
    places.set(origin, place)
    return place
  }

  /** Keeps the nonce of an answer from `url`, if it has one. */
  function learn(url: string, { headers }: Response): void {
    const place = placeOf(url)
    place.nonce = headers.get('DPoP-Nonce') ?? place.nonce
  }

  /**
   * Calls `send` with the headers of a request: the proof and, with an access token, that token. Calls it again when
   * the answer has a nonce, or a time, that the proof lacked: at most twice, and not at all when `isSentOnce`.
   * `error` is the error code of the answer.
   */
  async function prove<T extends { response: Response; error: unknown }>(
    key: BoundKey,
    request: ProvedRequest & { isSentOnce?: boolean },
    send: (headers: Record<string, string>) => Promise<T>
  ): Promise<T> {
    const place = placeOf(request.url)

    async function attempt(left: number): Promise<T> {
      // Another request may change the place before the answer to this one arrives.
      const { nonce, aheadMs } = place
      const DPoP = await proofOf(key, request, place)
      const answer = await send(
        request.accessToken === undefined ? { DPoP } : { Authorization: `DPoP ${request.accessToken}`, DPoP }
      )
      learn(request.url, answer.response)
      const canSucceed =
        answer.error === 'use_dpop_nonce'
          ? place.nonce !== nonce
          : answer.error === 'invalid_dpop_proof' && corrects(place, aheadMs, answer.response.headers.get('Date'))
      return canSucceed && left > 1 ? await attempt(left - 1) : answer
    }

    return await attempt(request.isSentOnce ? 1 : 3)
  }

  return { prove, learn }
}

/**
 * Sets the clock by the `Date` of an answer, if `formerMs`, by which the proof was made, was wrong. Returns whether.
 */
function corrects(place: OriginState, formerMs: number, date: string | null): boolean {
  const aheadMs = Date.parse(date ?? '') - Date.now()
  const isWrong = Math.abs(aheadMs - formerMs) > tolerableMs
  if (isWrong) place.aheadMs = aheadMs
  return isWrong
}

/** A proof (RFC 9449 §4.2). */
async function proofOf(
  key: BoundKey,
  { method, url, accessToken }: ProvedRequest,
  { nonce, aheadMs }: OriginState
): Promise<string> {
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: publicJwk(key) }
  const claims = {
    jti: base64url(crypto.getRandomValues(new Uint8Array(16)).buffer),
    htm: method,
    htu: url.replace(/[?#].*/s, ''),
    iat: Math.floor((Date.now() + aheadMs) / 1000),
    nonce,
    ath: accessToken === undefined ? undefined : await hash(accessToken)
  }
  const input = `${encode(header)}.${encode(claims)}`
  return `${input}.${base64url(await key.sign(new TextEncoder().encode(input)))}`
}

const encode = (value: object) => base64url(new TextEncoder().encode(JSON.stringify(value)).buffer)

import { createMacs, type Secrets } from '../keys/sealing.ts'
import { equalInConstantTime } from '../keys/secrets.ts'
import type { RefreshTokenName } from '../sessions/refresh.ts'

export type RefreshTokens = ReturnType<typeof createRefreshTokens>

const format = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(0|[1-9]\d{0,8})\.([A-Za-z0-9_-]{43})$/

/**
 * Refresh tokens are `session id . counter . HMAC-SHA-256`. They are not stored; the same session and counter always
 * give the same token. Keeps one token for each of up to `most` sessions, because the HMAC takes longer than the rest.
 */
export function createRefreshTokens(secrets: Secrets, most = 10_000) {
  const [macOf, ...othersOf] = createMacs(secrets, 'refresh-tokens')
  const kept = new Map<string, { counter: number; token: string }>()

  function encode({ sessionId, counter }: RefreshTokenName): string {
    const known = kept.get(sessionId)
    if (known?.counter === counter) return known.token
    const content = `${sessionId}.${counter}`
    const token = `${content}.${macOf(content)}`
    if (kept.size >= most) kept.clear()
    kept.set(sessionId, { counter, token })
    return token
  }

  return {
    /** The refresh token for this session and counter. */
    encode,

    /** The session and counter of `token`, or `undefined` when this server did not issue it. */
    decode(token: string): RefreshTokenName | undefined {
      const [, sessionId, digits] = format.exec(token) ?? []
      if (sessionId === undefined) return undefined
      const name = { sessionId, counter: Number(digits) }
      if (equalInConstantTime(encode(name), token)) return name
      const content = `${sessionId}.${digits}`
      return othersOf.some(of => equalInConstantTime(`${content}.${of(content)}`, token)) ? name : undefined
    }
  }
}

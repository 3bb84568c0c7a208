import { createMacs, type Secrets } from '../../base/sealing.ts'
import { equalInConstantTime } from '../../base/secrets.ts'
import type { RefreshTokenName } from './refresh.ts'

export type RefreshTokens = ReturnType<typeof createRefreshTokens>

const format = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(0|[1-9]\d{0,8})(k?)\.([A-Za-z0-9_-]{43})$/

/**
 * Refresh tokens are `session id . counter . HMAC-SHA-256`, with a `k` after the counter if they are bound to a key.
 * They are not stored; the same session and counter always give the same token. Keeps one token for each of up to
 * `most` sessions, because the HMAC takes longer than the rest.
 */
export function createRefreshTokens(secrets: Secrets, most = 10_000) {
  const [macOf, ...othersOf] = createMacs(secrets, 'refresh-tokens')
  const kept = new Map<string, { counter: number; isBound: boolean; token: string }>()

  function keptFor({ sessionId, counter, isBound }: RefreshTokenName): string | undefined {
    const one = kept.get(sessionId)
    return one?.counter === counter && one.isBound === isBound ? one.token : undefined
  }

  function made({ sessionId, counter, isBound }: RefreshTokenName): string {
    const content = `${sessionId}.${counter}${isBound ? 'k' : ''}`
    return `${content}.${macOf(content)}`
  }

  return {
    /** The refresh token for this session and counter. */
    encode(name: RefreshTokenName): string {
      const known = keptFor(name)
      if (known !== undefined) return known
      const token = made(name)
      if (kept.size >= most) kept.clear()
      kept.set(name.sessionId, { counter: name.counter, isBound: name.isBound, token })
      return token
    },

    /** The session and counter of `token`, or `undefined` when this server did not issue it. */
    decode(token: string): RefreshTokenName | undefined {
      const [, sessionId, digits, mark] = format.exec(token) ?? []
      if (sessionId === undefined) return undefined
      const name = { sessionId, counter: Number(digits), isBound: mark === 'k' }
      // Not kept, because anybody can send a token that is not genuine.
      if (equalInConstantTime(keptFor(name) ?? made(name), token)) return name
      const content = `${sessionId}.${digits}${mark}`
      return othersOf.some(of => equalInConstantTime(`${content}.${of(content)}`, token)) ? name : undefined
    }
  }
}

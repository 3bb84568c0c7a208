import { deriveKey, equalInConstantTime, mac } from '../keys/secrets.ts'

export type RefreshTokens = ReturnType<typeof createRefreshTokens>

/** The session and counter that a refresh token names. */
export interface RefreshTokenName {
  sessionId: string
  counter: number
}

const format = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(0|[1-9]\d{0,8})\.([A-Za-z0-9_-]{43})$/

/**
 * Refresh tokens are `session id . counter . HMAC-SHA-256`. They are not stored; the same session and counter always
 * give the same token. Remembers the `most` tokens that were issued last and have not come back, because to find one
 * takes less time than its HMAC.
 */
export function createRefreshTokens(secret: string, most = 10_000) {
  const key = deriveKey(secret, 'refresh-tokens')
  const issued = new Map<string, RefreshTokenName>()
  const encoded = ({ sessionId, counter }: RefreshTokenName) =>
    `${sessionId}.${counter}.${mac(key, `${sessionId}.${counter}`)}`

  return {
    /** The refresh token for this session and counter. */
    encode(name: RefreshTokenName): string {
      const token = encoded(name)
      issued.set(token, name)
      if (issued.size > most) issued.delete(issued.keys().next().value as string)
      return token
    },

    /** The session and counter of `token`, or `undefined` when this server did not issue it. */
    decode(token: string): RefreshTokenName | undefined {
      const known = issued.get(token)
      if (known) {
        issued.delete(token)
        return known
      }
      const [, sessionId, digits] = format.exec(token) ?? []
      if (sessionId === undefined) return undefined
      const name = { sessionId, counter: Number(digits) }
      return equalInConstantTime(encoded(name), token) ? name : undefined
    }
  }
}

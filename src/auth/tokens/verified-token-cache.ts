export type VerifiedTokens<T> = ReturnType<typeof createVerifiedTokens<T>>

/**
 * The cache key is the end of the token, with this many characters. They belong to the signature, which an attacker
 * cannot choose. Hashing the whole token takes longer.
 */
const keyLength = 40

/**
 * Caches the contents of tokens whose signature has been checked. On every use, the caller must check whether the token
 * has expired and whether its key is still valid. Keeps up to `most` tokens; when full, the oldest are dropped.
 */
export function createVerifiedTokens<T>(most = 10_000) {
  const tokens = new Map<string, { token: string; content: T }>()
  const keyOf = (token: string) => token.slice(-keyLength)

  return {
    get(token: string): T | undefined {
      const found = tokens.get(keyOf(token))
      return found?.token === token ? found.content : undefined
    },

    set(token: string, content: T) {
      tokens.set(keyOf(token), { token, content })
      const [oldest = ''] = tokens.keys()
      if (tokens.size > most) tokens.delete(oldest)
    }
  }
}

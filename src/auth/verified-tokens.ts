export type VerifiedTokens<T> = ReturnType<typeof createVerifiedTokens<T>>

/**
 * What tokens hold whose signature has been checked, by their exact bytes: what was signed once stays signed. Whether they
 * have expired, and whether their key is still good, is for the caller to ask every time. Keeps `most` of them; past that
 * the oldest go.
 */
export function createVerifiedTokens<T>(most = 10_000) {
  const tokens = new Map<string, T>()

  return {
    get: (token: string) => tokens.get(token),

    set(token: string, content: T) {
      tokens.set(token, content)
      const [oldest = token] = tokens.keys()
      if (tokens.size > most) tokens.delete(oldest)
    }
  }
}

export type VerifiedTokens<T> = ReturnType<typeof createVerifiedTokens<T>>

/** This many characters at the end of a token are all signature, which nobody can choose; hashing the whole takes longer. */
const keyLength = 40

/**
 * The contents of tokens whose signature has been checked, by their exact bytes: what was signed once stays signed.
 * Whether they have expired, and whether their key is still good, is for the caller to ask every time. Keeps `most` of them; past that
 * the oldest go.
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

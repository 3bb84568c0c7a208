/**
 * The cache key is the end of the credential, with this many characters. They belong to a signature or a secret, which
 * an attacker cannot choose. Hashing a whole token takes longer.
 */
const keyLength = 40

/**
 * Caches the contents of credentials that have been verified: tokens whose signature has been checked, and HTTP Basic
 * headers with the right secret. On every use, the caller must check what may have changed since, such as the expiry
 * of a token. Keeps up to `most` credentials; when full, the oldest are dropped.
 */
export function createVerifiedCache<T>(most = 10_000) {
  const verified = new Map<string, { credential: string; content: T }>()
  const keyOf = (credential: string) => credential.slice(-keyLength)

  return {
    get(credential: string): T | undefined {
      const found = verified.get(keyOf(credential))
      return found?.credential === credential ? found.content : undefined
    },

    set(credential: string, content: T) {
      verified.set(keyOf(credential), { credential, content })
      const [oldest = ''] = verified.keys()
      if (verified.size > most) verified.delete(oldest)
    }
  }
}

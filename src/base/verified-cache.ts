import { createBoundedMap } from './bounded-map.ts'

/** About what a credential takes beside two copies of its text: its content, such as a key. */
const contentBytes = 1024

/**
 * Caches the contents of credentials that have been verified: tokens whose signature has been checked, HTTP Basic
 * headers with the right secret, and the headers of DPoP proofs. On every use, the caller must check what may have
 * changed since, such as the expiry of a token. Keeps at most `mostBytes`.
 *
 * The cache key is the end of the credential, with `keyLength` characters, because hashing a whole token takes longer.
 * The default is for credentials that end with a signature or a secret, which an attacker cannot choose: where clients
 * choose the end, they could take the place of each other's, so the key must be the whole credential.
 */
export function createVerifiedCache<T>(mostBytes: number, { keyLength = 40 } = {}) {
  const bytesOf = (_key: string, { credential }: Verified<T>) => 2 * credential.length + contentBytes
  const verified = createBoundedMap(mostBytes, bytesOf)
  const keyOf = (credential: string) => credential.slice(-keyLength)

  return {
    get(credential: string): T | undefined {
      const found = verified.get(keyOf(credential))
      return found?.credential === credential ? found.content : undefined
    },

    set(given: string, content: T) {
      // A copy, because a part of a text keeps the whole text in memory.
      const credential = Buffer.from(given).toString()
      verified.set(keyOf(credential), { credential, content })
    }
  }
}

interface Verified<T> {
  credential: string
  content: T
}

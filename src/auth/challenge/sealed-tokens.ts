import { deriveKey, seal, unseal } from '../keys/secrets.ts'

/** What every sealed token contains: an id, which is spent when the token is used, and its end. */
export interface SealedToken {
  id: string
  /** Seconds since the epoch. */
  expiresAt: number
}

/**
 * Tokens for one `purpose` that carry their content, encrypted with a key from the secret. Nothing is stored until one
 * is used.
 */
export function createSealedTokens<T extends SealedToken>(secret: string, purpose: string, now: () => Date) {
  const key = deriveKey(secret, purpose)
  return {
    seal: (content: T) => seal(key, JSON.stringify(content), purpose),

    /** The content of a token; `undefined` when it is not one for this purpose, was altered, or has expired. */
    open(token: string): T | undefined {
      // Node.js ignores what is not base64url, so several texts would be one token.
      if (Buffer.from(token, 'base64url').toString('base64url') !== token) return undefined
      try {
        const content = JSON.parse(unseal(key, token, purpose)) as T
        return content.expiresAt * 1000 > now().getTime() ? content : undefined
      } catch {
        return undefined
      }
    }
  }
}

/** The row that spends a sealed token. */
export const spentRow = ({ id, expiresAt }: SealedToken) => ({ id, expiresAt: new Date(expiresAt * 1000 + 60_000) })

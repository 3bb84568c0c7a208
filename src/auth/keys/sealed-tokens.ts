import { createTokenSealing, type Secrets } from '../../base/sealing.ts'

/** The members of every sealed token: an id, which is spent when the token is used, and its end. */
export interface SealedToken {
  id: string
  /** Seconds since the epoch. */
  expiresAt: number
}

/**
 * Tokens for one `purpose` that carry their content, encrypted under a key from the secret. Nothing is stored until one
 * is used.
 */
export function createSealedTokens<T extends SealedToken>(secrets: Secrets, purpose: string, now: () => Date) {
  const { seal, open } = createTokenSealing(secrets, purpose)
  return {
    seal: (content: T) => seal(JSON.stringify(content), purpose),

    /** The content of a token; `undefined` when it is not one for this purpose, was altered, or has expired. */
    open(token: string): T | undefined {
      const text = open(token, purpose)
      const content: T | undefined = text === undefined ? undefined : JSON.parse(text)
      return content && content.expiresAt * 1000 > now().getTime() ? content : undefined
    }
  }
}

/** How much longer a used token is remembered than it is valid, in milliseconds, for a clock that is set back. */
const marginMs = 60_000

/** The row that spends a sealed token of this kind, of which no other kind has the id. */
export const spentRow = (kind: 'auth-session' | 'code', { id, expiresAt }: SealedToken) => ({
  id: `${kind}:${id}`,
  expiresAt: new Date(expiresAt * 1000 + marginMs)
})

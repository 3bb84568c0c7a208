import { randomBytes } from 'node:crypto'
import { deriveKey, mac, seal, tokenKey, unseal } from './secrets.ts'

/** The secrets of the settings. New things are made with `secret`; those made with `secondSecret` are accepted too. */
export interface Secrets {
  secret: string
  secondSecret?: string | undefined
}

/** A text that was opened, and whether `secret` sealed it rather than `secondSecret`. */
export interface Opened {
  text: string
  isCurrent: boolean
}

/** Something for each secret, that of `secret` first. */
export function forEachSecret<T>({ secret, secondSecret }: Secrets, make: (secret: string) => T): [T, ...T[]] {
  return [make(secret), ...(secondSecret === undefined ? [] : [make(secondSecret)])]
}

/** HMACs for one `purpose`: the first makes new ones, and any of them may have made an old one. */
export const createMacs = (secrets: Secrets, purpose: string) =>
  forEachSecret(secrets, secret => {
    const key = deriveKey(secret, purpose)
    return (text: string) => mac(key, text)
  })

/** Seals what is stored, for one `purpose`. `contextOf` binds a sealed text to its row. */
export function createSealing<Row>(secrets: Secrets, purpose: string, contextOf: (row: Row) => string) {
  const keys = forEachSecret(secrets, secret => deriveKey(secret, purpose))
  return {
    seal: (text: string, row: Row) => seal(keys[0], text, contextOf(row)),

    /** Opens a sealed text; `undefined` when it belongs to another secret or row, or was altered. */
    open: (sealed: string, row: Row) => firstOpened(keys, key => unseal(key, sealed, contextOf(row)))
  }
}

/**
 * At least 256 random bits (draft-ietf-oauth-first-party-apps §5.3.1). 33 bytes end with a whole character of base64url.
 */
const saltBytes = 33
const saltLength = 44

/**
 * Seals tokens, of which there is no limit, for one `purpose`. Each has a key of its own, so that no key is used with
 * 2^32 random IVs (NIST SP 800-38D §8.3).
 */
export function createTokenSealing(secrets: Secrets, purpose: string) {
  const keys = forEachSecret(secrets, secret => deriveKey(secret, purpose))
  return {
    seal(text: string, context: string): string {
      const salt = randomBytes(saltBytes).toString('base64url')
      return salt + seal(tokenKey(keys[0], salt), text, context)
    },

    /** The text of a token; `undefined` when it is for another purpose or context, or was altered. */
    open(token: string, context: string): string | undefined {
      // Node.js ignores what is not base64url, so several texts would be one token.
      if (Buffer.from(token, 'base64url').toString('base64url') !== token) return undefined
      const [salt, sealed] = [token.slice(0, saltLength), token.slice(saltLength)]
      return firstOpened(keys, key => unseal(tokenKey(key, salt), sealed, context))?.text
    }
  }
}

function firstOpened(keys: Buffer[], open: (key: Buffer) => string): Opened | undefined {
  for (const key of keys) {
    try {
      return { text: open(key), isCurrent: key === keys[0] }
    } catch {
      // Another secret may have sealed it.
    }
  }
  return undefined
}

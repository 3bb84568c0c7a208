import type { Bcrypt } from './bcrypt-sha256.ts'

/** An implementation of Argon2 version 1.3 (RFC 9106). Memory is in KiB; algorithm 1 is Argon2i and 2 is Argon2id. */
export interface Argon2 {
  hashRaw(
    password: string,
    options: {
      algorithm: number
      memoryCost: number
      timeCost: number
      parallelism: number
      salt: Uint8Array
      outputLen: number
    }
  ): Promise<Uint8Array>
}

/** The libraries that check passwords. */
export interface HashLibraries {
  bcrypt: Bcrypt
  argon2: Argon2
}

/** The named groups of all patterns. A match has only the groups of its own pattern. */
export type HashParts = Record<
  | 'ident'
  | 'bcrypt'
  | 'variant'
  | 'salt'
  | 'digest'
  | 'cost'
  | 'iterations'
  | 'memory'
  | 'passes'
  | 'lanes'
  | 'ln'
  | 'n'
  | 'r'
  | 'p'
  | 'separator'
  | 'signer',
  string
>

/** A format in which applications store passwords. */
export interface HashForm {
  pattern: RegExp
  verify(password: string, parts: HashParts, libraries: HashLibraries): Promise<boolean>
}

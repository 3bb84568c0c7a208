import { createRequire } from 'node:module'
import type { Bcrypt } from '../auth/hashing/bcrypt-sha256.ts'

/** The binary of @node-rs/bcrypt 2.0.0. Its own wrapper gives it the same arguments. */
interface Binary {
  BCRYPT_API_VERSION: number
  hash(
    password: string,
    cost: number,
    salt: Uint8Array,
    version: string | undefined,
    rejectLongPasswords: boolean
  ): Promise<string>
  verify(password: string, hash: string): Promise<boolean>
}

/**
 * Loads bcrypt: the binary of version 2.0.0 where there is one, which takes 0.84 of the time, and otherwise version
 * 1.10.8 (docs/design/http-and-packages.md#two-versions-of-bcrypt). Both give the same answers. Throws when neither is
 * installed.
 */
export async function loadBcrypt(load: (name: string) => unknown = createRequire(import.meta.url)): Promise<Bcrypt> {
  const binary = fasterBinary(load)
  if (!binary) return import('@node-rs/bcrypt')
  return {
    hash: (password, cost, salt) => binary.hash(password, cost, salt, undefined, false),
    verify: (password, hash) => binary.verify(password, hash)
  }
}

function fasterBinary(load: (name: string) => unknown): Binary | undefined {
  try {
    const binary = load('@node-rs/bcrypt-linux-x64-gnu') as Binary
    return binary.BCRYPT_API_VERSION === 2 ? binary : undefined
  } catch {
    // npm does not install it on other systems, and a libc that is not glibc does not load it.
    return undefined
  }
}

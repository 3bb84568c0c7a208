import { createHmac, randomBytes } from 'node:crypto'
import { invalidMember, OAuthError } from '../errors.ts'
import type { HashQueue } from './hash-queue.ts'

/** What this module needs of a bcrypt implementation; a salt is 16 bytes. */
export interface Bcrypt {
  hash(password: string, cost: number, salt: Uint8Array): Promise<string>
  verify(password: string, hash: string): Promise<boolean>
}

/** How a password is checked besides the check itself. */
export interface CheckOptions {
  /** Says that nobody waits for the answer any more. */
  signal?: AbortSignal | undefined
  /** Runs the check when it has its turn, and may refuse to. */
  within?: (check: () => Promise<boolean>) => Promise<boolean>
}

export type Passwords = ReturnType<typeof createPasswords>

const maxBytes = 1024
/** passlib's bcrypt_sha256, version 2: `$bcrypt-sha256$v=2,t=2b,r=12$` salt `$` digest. */
const sha256Format = /^\$bcrypt-sha256\$v=2,t=2b,r=(\d{1,2})\$([./A-Za-z0-9]{22})\$([./A-Za-z0-9]{31})$/
const bcryptFormat = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/
// UNICODECHARNOCRLF of RFC 6749 Appendix A; with `u`, a pair of surrogates is one character and half a pair none of these.
const allowed = /^[\t\x20-\x7e\x80-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u

const base64Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const bcryptAlphabet = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Base64 in bcrypt's own alphabet, without padding: 22 characters of 16 bytes. */
const bcryptBase64 = (bytes: Buffer) =>
  bytes.toString('base64').replace(/=|./g, c => bcryptAlphabet.charAt(base64Alphabet.indexOf(c)))

/** Whether `text` keeps to the alphabet of `username` and `password` in RFC 6749 Appendix A.15 and A.16. */
export const hasOnlyAllowedCharacters = (text: string) => allowed.test(text)

/**
 * Hashing and checking of passwords. New hashes are passlib's `$bcrypt-sha256$` v2: bcrypt over
 * base64(HMAC-SHA-256(key = salt, password)), so that no byte of a long password is ignored.
 */
export function createPasswords(deps: { bcrypt: Bcrypt; queue: HashQueue; cost: number; minLength: number }) {
  const { bcrypt, queue, cost, minLength } = deps

  const prehash = (salt: string, password: string) =>
    createHmac('sha256', salt).update(password, 'utf8').digest('base64')

  async function hashNow(password: string) {
    const bytes = randomBytes(16)
    const salt = bcryptBase64(bytes)
    const hash = await bcrypt.hash(prehash(salt, password), cost, bytes)
    return `$bcrypt-sha256$v=2,t=2b,r=${cost}$${salt}$${hash.slice(-31)}`
  }

  function verifyNow(password: string, stored: string): Promise<boolean> {
    const [, rounds = '', salt = '', digest] = sha256Format.exec(stored) ?? []
    // Plain bcrypt reads no byte at all as eight NULs, and no password is empty.
    if (digest === undefined) return password === '' ? Promise.resolve(false) : bcrypt.verify(password, stored)
    return bcrypt.verify(prehash(salt, password), `$2b$${rounds.padStart(2, '0')}$${salt}${digest}`)
  }

  // The salt and digest belong to no password; checking against them takes as long as against a real hash.
  const decoy = `$bcrypt-sha256$v=2,t=2b,r=${cost}$${'.'.repeat(22)}$${'.'.repeat(31)}`

  return {
    /** Rejects with 503 when too many wait already, before anything else is spent on the request. */
    assertRoom: () => queue.assertRoom(),

    /** The hash of `password` (NFC) at the configured cost. Throws 503 when too many wait. */
    hash: (password: string, signal?: AbortSignal) => queue.run(() => hashNow(password.normalize('NFC')), signal),

    /**
     * Whether `password` (NFC) is the one of `stored`. `undefined` stands for a user who does not exist and costs one
     * hash at the configured cost. Throws 503 when too many wait, and what `within` throws.
     */
    async verify(
      password: string,
      stored: string | undefined,
      { signal, within = check => check() }: CheckOptions = {}
    ): Promise<boolean> {
      // bcrypt reads `pw` and `pw NUL pw` as one, so a character that no password can have is never right.
      if (!hasOnlyAllowedCharacters(password)) return false
      const check = async () => (await verifyNow(password.normalize('NFC'), stored ?? decoy)) && stored !== undefined
      return queue.run(() => within(check), signal)
    },

    /** Whether `stored` is of an older scheme or a lower cost than new hashes are. */
    needsRehash(stored: string): boolean {
      const [, rounds] = sha256Format.exec(stored) ?? []
      return rounds === undefined || Number(rounds) < cost
    },

    /** Throws a 400 about `pointer` unless `password` may become a password here (NIST SP 800-63B-4 §3.1.1.2). */
    assertAcceptable(password: string, pointer: string) {
      const normalized = password.normalize('NFC')
      if (!hasOnlyAllowedCharacters(normalized))
        throw invalidMember(pointer, 'has a control character or half a character')
      if ([...normalized].length < minLength) throw invalidMember(pointer, `is shorter than ${minLength} characters`)
      if (Buffer.byteLength(normalized) > maxBytes) throw invalidMember(pointer, `is longer than ${maxBytes} bytes`)
    }
  }
}

/** Whether `verify` can check passwords against `stored`: passlib's bcrypt_sha256 v2, or plain bcrypt. */
export const isKnownHash = (stored: string) => sha256Format.test(stored) || bcryptFormat.test(stored)

/** Throws `invalid_request` when a parameter of the token form has a character that it may not have. */
export function assertFormText(name: string, text: string) {
  if (!hasOnlyAllowedCharacters(text)) {
    throw new OAuthError('invalid_request', `${name} has a control character or half a character.`)
  }
}

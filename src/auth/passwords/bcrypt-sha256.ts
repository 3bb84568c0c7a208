import { createHmac, randomBytes } from 'node:crypto'

/** What is needed of a bcrypt implementation; a salt is 16 bytes, and `verify` takes the same time for every password. */
export interface Bcrypt {
  hash(password: string, cost: number, salt: Uint8Array): Promise<string>
  verify(password: string, hash: string): Promise<boolean>
}

/** The text of a hash of this form: `$bcrypt-sha256$v=2,t=2b,r=12$` salt `$` digest. */
export const bcryptSha256 =
  /^\$bcrypt-sha256\$v=2,t=2b,r=(?<cost>\d{1,2})\$(?<salt>[./A-Za-z0-9]{22})\$(?<digest>[./A-Za-z0-9]{31})$/

const base64Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const bcryptAlphabet = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Base64 in bcrypt's own alphabet, without padding: 22 characters of 16 bytes. */
const bcryptBase64 = (bytes: Buffer) =>
  bytes.toString('base64').replace(/=|./g, c => bcryptAlphabet.charAt(base64Alphabet.indexOf(c)))

const prehash = (salt: string, password: string) => createHmac('sha256', salt).update(password, 'utf8').digest('base64')

const written = (cost: number, salt: string, digest: string) => `$bcrypt-sha256$v=2,t=2b,r=${cost}$${salt}$${digest}`

/**
 * A new hash, with a salt of its own, in the form of passlib's bcrypt_sha256, version 2: bcrypt over
 * base64(HMAC-SHA-256(key = salt, password)), so that no byte of a long password is ignored.
 */
export async function hashPassword(bcrypt: Bcrypt, password: string, cost: number): Promise<string> {
  const bytes = randomBytes(16)
  const salt = bcryptBase64(bytes)
  const hash = await bcrypt.hash(prehash(salt, password), cost, bytes)
  return written(cost, salt, hash.slice(-31))
}

/** Whether `password` is the one that the parts of a hash were made from. */
export const verifyPassword = (
  bcrypt: Bcrypt,
  password: string,
  { cost, salt, digest }: { cost: string; salt: string; digest: string }
) => bcrypt.verify(prehash(salt, password), `$2b$${cost.padStart(2, '0')}$${salt}${digest}`)

/** A hash that no password has; checking one against it takes as long as against a real hash. */
export const decoyHash = (cost: number) => written(cost, '.'.repeat(22), '.'.repeat(31))

/** The bcrypt cost of `stored` where it is of this form. */
export const costOf = (stored: string) => bcryptSha256.exec(stored)?.groups?.cost

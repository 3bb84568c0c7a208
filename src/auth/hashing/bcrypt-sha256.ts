import { createHmac, randomBytes } from 'node:crypto'

/** A bcrypt implementation. A salt is 16 bytes; `verify` takes the same time for every password. */
export interface Bcrypt {
  hash(password: string, cost: number, salt: Uint8Array): Promise<string>
  verify(password: string, hash: string): Promise<boolean>
}

/** The format of a hash: `$bcrypt-sha256$v=2,t=2b,r=12$` salt `$` digest. */
export const bcryptSha256 =
  /^\$bcrypt-sha256\$v=2,t=2b,r=(?<cost>[1-9]\d?)\$(?<salt>[./A-Za-z0-9]{22})\$(?<digest>[./A-Za-z0-9]{31})$/

const base64Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const bcryptAlphabet = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Base64 in the alphabet of bcrypt, without padding: 22 characters for 16 bytes. */
const bcryptBase64 = (bytes: Buffer) =>
  bytes.toString('base64').replace(/=|./g, c => bcryptAlphabet.charAt(base64Alphabet.indexOf(c)))

const prehash = (salt: string, password: string) => createHmac('sha256', salt).update(password, 'utf8').digest('base64')

const written = (cost: number, salt: string, digest: string) => `$bcrypt-sha256$v=2,t=2b,r=${cost}$${salt}$${digest}`

/**
 * Hashes a password with a new salt, in the format of passlib's bcrypt_sha256, version 2: bcrypt over
 * base64(HMAC-SHA-256(key = salt, password)), so that every byte of a long password counts.
 */
export async function hashPassword(bcrypt: Bcrypt, password: string, cost: number): Promise<string> {
  const bytes = randomBytes(16)
  const salt = bcryptBase64(bytes)
  const hash = await bcrypt.hash(prehash(salt, password), cost, bytes)
  return written(cost, salt, hash.slice(-31))
}

/** Whether `password` matches the parts of a hash. */
export const verifyPassword = (
  bcrypt: Bcrypt,
  password: string,
  { cost, salt, digest }: { cost: string; salt: string; digest: string }
) => bcrypt.verify(prehash(salt, password), `$2b$${cost.padStart(2, '0')}$${salt}${digest}`)

/** A hash that no password matches. Checking a password against it takes as long as against a real hash. */
export const decoyHash = (cost: number) => written(cost, '.'.repeat(22), '.'.repeat(31))

/** The bcrypt cost of `stored`, or `undefined` when it has another format. */
export const costOf = (stored: string) => bcryptSha256.exec(stored)?.groups?.cost

import { createCipheriv, createDecipheriv, createHmac, hash, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'

/** A 256-bit key for one `purpose`, derived from the secret by HKDF-SHA-256 (RFC 5869). */
export const deriveKey = (secret: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, '', `sallyport/${purpose}`, 32))

/**
 * The 256-bit key of one token, derived from the key of its purpose and its random salt by HMAC-SHA-256, which takes a
 * fifth of the time of HKDF.
 */
export const tokenKey = (key: Buffer, salt: string): Buffer => createHmac('sha256', key).update(salt).digest()

/** HMAC-SHA-256 of `text`, as 43 characters of base64url. */
export const mac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest('base64url')

/** SHA-256 of `text`, as 43 characters of base64url. */
export const sha256 = (text: string) => hash('sha256', text, 'base64url')

/** 256 random bits, as 43 characters of base64url. */
export const randomSecret = () => randomBytes(32).toString('base64url')

/** Whether two strings are equal, in a time that does not depend on where they differ. */
export function equalInConstantTime(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

const ivLength = 12
const tagLength = 16

/** Encrypts `text` with AES-256-GCM, bound to `context`. Returns base64url of IV, tag and ciphertext. */
export function seal(key: Buffer, text: string, context: string): string {
  const iv = randomBytes(ivLength)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')
}

/** Decrypts the result of `seal`. Throws when the key or the context differs, or a byte has changed. */
export function unseal(key: Buffer, sealed: string, context: string): string {
  const bytes = Buffer.from(sealed, 'base64url')
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivLength), { authTagLength: tagLength })
  decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(ivLength, ivLength + tagLength))
  return Buffer.concat([decipher.update(bytes.subarray(ivLength + tagLength)), decipher.final()]).toString('utf8')
}

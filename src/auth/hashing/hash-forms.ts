import { createHash, pbkdf2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { bcryptSha256, verifyPassword } from './bcrypt-sha256.ts'
import type { HashForm } from './hash-form.ts'
import { scryptForms } from './scrypt-forms.ts'

/**
 * The supported hash formats. The first is the format of new hashes; the others come from other applications, and are
 * replaced at the next login.
 */
export const hashForms: HashForm[] = [
  {
    pattern: bcryptSha256,
    verify: (password, parts, { bcrypt }) => verifyPassword(bcrypt, password, parts)
  },
  {
    // passlib's bcrypt_sha256, version 1 (until passlib 1.7.3)
    pattern:
      /^\$bcrypt-sha256\$(?<ident>2[aby]),(?<cost>[1-9]\d?)\$(?<salt>[./A-Za-z0-9]{22})\$(?<digest>[./A-Za-z0-9]{31})$/,
    verify: (password, { ident, cost, salt, digest }, { bcrypt }) =>
      bcrypt.verify(sha256(password, 'base64'), `$${ident}$${cost.padStart(2, '0')}$${salt}${digest}`)
  },
  {
    // crypt(3), and Django's `bcrypt`. bcrypt ignores bytes after the 72nd.
    pattern: /^(?:bcrypt\$)?(?<bcrypt>\$2[aby]\$(?<cost>\d\d)\$[./A-Za-z0-9]{53})$/,
    // bcrypt treats an empty password as eight NULs.
    verify: async (password, { bcrypt: hash }, { bcrypt }) => password !== '' && bcrypt.verify(password, hash)
  },
  {
    // Django's `bcrypt_sha256`
    pattern: /^bcrypt_sha256\$(?<bcrypt>\$2[aby]\$(?<cost>\d\d)\$[./A-Za-z0-9]{53})$/,
    verify: (password, { bcrypt: hash }, { bcrypt }) => bcrypt.verify(sha256(password, 'hex'), hash)
  },
  {
    // Django's default. The salt is text.
    pattern: /^pbkdf2_sha256\$(?<iterations>\d+)\$(?<salt>[^$]{1,128})\$(?<digest>[+/A-Za-z0-9]{43}=)$/,
    verify: (password, { iterations, salt, digest }) =>
      verifyPbkdf2(password, Number(iterations), Buffer.from(salt), Buffer.from(digest, 'base64'))
  },
  {
    // passlib's pbkdf2_sha256. Its base64 uses `.` instead of `+`.
    pattern: /^\$pbkdf2-sha256\$(?<iterations>\d+)\$(?<salt>[./A-Za-z0-9]{2,128})\$(?<digest>[./A-Za-z0-9]{43})$/,
    verify: (password, { iterations, salt, digest }) =>
      verifyPbkdf2(password, Number(iterations), fromPasslib(salt), fromPasslib(digest))
  },
  {
    // The standard Argon2 format, and Django's. Salts have 8 to 48 bytes, digests 16 to 64.
    pattern:
      /^(?:argon2)?\$argon2(?<variant>id?)\$v=19\$m=(?<memory>\d+),t=(?<passes>\d+),p=(?<lanes>\d+)\$(?<salt>[+/A-Za-z0-9]{11,64})\$(?<digest>[+/A-Za-z0-9]{22,86})$/,
    async verify(password, { variant, memory, passes, lanes, salt, digest }, { argon2 }) {
      const expected = Buffer.from(digest, 'base64')
      const options = {
        algorithm: variant === 'id' ? 2 : 1,
        memoryCost: Number(memory),
        timeCost: Number(passes),
        parallelism: Number(lanes),
        salt: Buffer.from(salt, 'base64'),
        outputLen: expected.length
      }
      return timingSafeEqual(await argon2.hashRaw(password, options), expected)
    }
  },
  ...scryptForms
]

const sha256 = (password: string, encoding: 'base64' | 'hex') =>
  createHash('sha256').update(password, 'utf8').digest(encoding)

const fromPasslib = (text: string) => Buffer.from(text.replaceAll('.', '+'), 'base64')

const pbkdf2Async = promisify(pbkdf2)
const verifyPbkdf2 = async (password: string, iterations: number, salt: Buffer, digest: Buffer) =>
  timingSafeEqual(await pbkdf2Async(password, salt, iterations, digest.length, 'sha256'), digest)

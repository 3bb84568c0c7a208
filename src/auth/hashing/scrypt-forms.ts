import { createCipheriv, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { HashForm, HashParts } from './hash-form.ts'

const scryptOf = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)

/** The cost of scrypt (RFC 7914 §2): N, r and p. */
export interface ScryptCost {
  cost: number
  blockSize: number
  parallelization: number
}

/** The costs of the forms that have none in their text. */
const ofBetterAuth: ScryptCost = { cost: 16_384, blockSize: 16, parallelization: 1 }
const ofFastifyDemo: ScryptCost = { cost: 65_536, blockSize: 8, parallelization: 2 }

/** The largest N·r (256 MiB) and the largest N·r·p (about two seconds of a core). */
const most = { memory: 2 ** 21, work: 2 ** 22 }

/** The cost that the text of a hash has. */
const costIn = ({ ln, n, r, p }: HashParts): ScryptCost => ({
  cost: ln === undefined ? Number(n) : 2 ** Number(ln),
  blockSize: Number(r),
  parallelization: Number(p ?? 1)
})

/** Why a cost in the text of a hash is not accepted, as a predicate; `undefined` if it is, or there is none. */
export function scryptProblem(parts: HashParts): string | undefined {
  if (parts.r === undefined) return undefined
  const { cost, blockSize, parallelization } = costIn(parts)
  const isPower = cost > 1 && Number.isInteger(Math.log2(cost))
  if (!isPower) return 'has an N for scrypt that is not a power of 2'
  if (blockSize < 1 || parallelization < 1) return 'has an r or p for scrypt of 0'
  if (cost * blockSize > most.memory) return 'needs more than 256 MiB for scrypt'
  return cost * blockSize * parallelization > most.work ? 'needs more than two seconds for scrypt' : undefined
}

/** The first `bytes` of scrypt, with enough memory for every accepted cost. */
function derive(password: string, salt: Buffer, bytes: number, cost: ScryptCost): Promise<Buffer> {
  const maxmem = 256 * cost.cost * cost.blockSize + 2 ** 20 * cost.parallelization
  return scryptOf(password, salt, bytes, { ...cost, maxmem })
}

const matches = async (password: string, salt: Buffer, expected: Buffer, cost: ScryptCost) =>
  timingSafeEqual(await derive(password, salt, expected.length, cost), expected)

/** The longest password that is normalized, in UTF-16 units: marks are sorted in a time that grows with their square. */
const mostUnits = 1536
const nfkc = (password: string) => (password.length > mostUnits ? password : password.normalize('NFKC'))

const base64 = (text: string) => Buffer.from(text, 'base64')
const hex = (text: string) => Buffer.from(text, 'hex')

/** The forms of scrypt. */
export const scryptForms: HashForm[] = [
  {
    // better-auth and Lucia 3, and Lucia 2 with `s2:`. The salt is text, and the password NFKC.
    pattern: /^(?:s2:(?=[a-z0-9]{16}:)|(?:s2:)?(?=[0-9a-f]{32}:))(?<salt>[a-z0-9]+):(?<digest>[0-9a-f]{128})$/,
    verify: (password, { salt, digest }) => matches(nfkc(password), Buffer.from(salt), hex(digest), ofBetterAuth)
  },
  {
    // Lucia 1
    pattern: /^(?<salt>[a-z0-9]{16}):(?<digest>[0-9a-f]{128})$/,
    verify: (password, { salt, digest }) =>
      matches(nfkc(password), Buffer.from(salt), hex(digest), { ...ofBetterAuth, blockSize: 8 })
  },
  {
    // fastify/demo
    pattern: /^(?<salt>[0-9a-f]{32})\.(?<digest>[0-9a-f]{64})$/,
    verify: (password, { salt, digest }) => matches(password, hex(salt), hex(digest), ofFastifyDemo)
  },
  {
    // Werkzeug (Flask). The salt is text.
    pattern: /^scrypt:(?<n>\d{1,8}):(?<r>\d{1,4}):(?<p>\d{1,4})\$(?<salt>[\w./-]{1,64})\$(?<digest>[0-9a-f]{128})$/,
    verify: (password, parts) => matches(password, Buffer.from(parts.salt), hex(parts.digest), costIn(parts))
  },
  {
    // passlib, and the common format of the Password Hashing Competition, of 32 or 64 bytes: a shorter digest is the
    // beginning of a longer one
    pattern:
      /^\$scrypt\$ln=(?<ln>\d{1,2}),r=(?<r>\d{1,4}),p=(?<p>\d{1,4})\$(?<salt>[+/A-Za-z0-9]{11,86})\$(?<digest>[+/A-Za-z0-9]{43}|[+/A-Za-z0-9]{86})$/,
    verify: (password, parts) => matches(password, base64(parts.salt), base64(parts.digest), costIn(parts))
  },
  {
    // Firebase, as `users import` writes it: the parameters of the project, salt and digest.
    pattern:
      /^\$firebase-scrypt\$ln=(?<ln>\d{1,2}),r=(?<r>\d{1,4})\$(?<separator>[+/=A-Za-z0-9]{0,24})\$(?<signer>[+/A-Za-z0-9]{86}==)\$(?<salt>[+/A-Za-z0-9]{4,64}={0,2})\$(?<digest>[+/A-Za-z0-9]{86}==)$/,
    async verify(password, parts) {
      const { salt, separator, signer, digest } = parts
      const salted = Buffer.concat([base64(salt), base64(separator)])
      const key = await derive(password, salted, 32, costIn(parts))
      const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16))
      const found = Buffer.concat([cipher.update(base64(signer)), cipher.final()])
      const expected = base64(digest)
      return found.length === expected.length && timingSafeEqual(found, expected)
    }
  }
]

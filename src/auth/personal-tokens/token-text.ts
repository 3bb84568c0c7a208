import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

const prefix = 'sally_pat_'
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const form = /^sally_pat_[0-9A-Za-z]{33}$/

/** `number` in base 62, with leading zeros. */
function base62(number: bigint, length: number): string {
  let text = ''
  for (let rest = number; text.length < length; rest /= 62n) text = digits[Number(rest % 62n)] + text
  return text
}

/** The CRC-32 of what precedes it, so that a scanner for secrets can tell a token from a text that looks like one. */
const checksum = (text: string) => base62(BigInt(crc32(text)), 6)

/** A new personal access token: its prefix, 160 random bits and a checksum, the last two in base 62. */
export function newPersonalToken(): string {
  const text = prefix + base62(BigInt(`0x${randomBytes(20).toString('hex')}`), 27)
  return text + checksum(text)
}

/** Whether `text` has the form and the checksum of a personal access token. */
export const isPersonalToken = (text: string) => form.test(text) && text.slice(-6) === checksum(text.slice(0, -6))

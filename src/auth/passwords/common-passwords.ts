import { createRequire } from 'node:module'

/** A password that repeats a shorter piece than this is common. Equals the minimum of PASSWORD_MIN_LENGTH. */
const shortestPassword = 8
/** No password in the list is longer than this. */
const longestCommon = 64
/** Runs of digits, letters or adjacent keys. They count in both directions. */
const lines = [
  '1234567890',
  'abcdefghijklmnopqrstuvwxyz',
  '1234567890qwertyuiopasdfghjklzxcvbnm',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p'
]
const runs = lines.flatMap(line => [line.repeat(2), [...line.repeat(2)].reverse().join('')])

let list: Set<string> | undefined
/** The list takes a few megabytes, so it is loaded on first use. */
function commonPasswords(): Set<string> {
  list ??= new Set((createRequire(import.meta.url)('./common-passwords.json') as { passwords: string[] }).passwords)
  return list
}

/**
 * The shortest piece whose repetition gives `text`; the last repetition may be incomplete. Returns `text` when nothing
 * repeats.
 */
function pieceOf(text: string): string {
  for (let length = 1; length <= longestCommon; length++) {
    if (text.startsWith(text.slice(length))) return text.slice(0, length)
  }
  return text
}

const isRun = (text: string) => runs.some(run => run.includes(text))

/** `text`, and `text` without padding at its end: a run, or one repeated character. */
function unfilled(text: string): string[] {
  let last = text.length - 1
  while (text[last - 1] === text[last]) last--
  const heads = [text, text.slice(0, last + 1), text.slice(0, last)]
  for (let end = text.length - 2; isRun(text.slice(end)); end--) heads.push(text.slice(0, end))
  return heads
}

/**
 * Whether `password`, in NFKC and lower case, is common: a password of the list, repeated or padded; a repeated short
 * piece; or a run of digits, letters or adjacent keys. A password that only contains one of these is not common (NIST
 * SP 800-63B-4 §3.1.1.2: the entire password is compared).
 */
export function isFirstGuess(password: string): boolean {
  const piece = pieceOf(password)
  if ([...piece].length < shortestPassword && piece.length * 2 <= password.length) return true
  if (isRun(piece)) return true
  return [piece, ...unfilled(password)].some(text => commonPasswords().has(text))
}

import { createRequire } from 'node:module'

/** Nothing shorter than this counts as a piece of its own: it is the least that PASSWORD_MIN_LENGTH can be. */
const shortestPassword = 8
/** No password of the list is longer. */
const longestCommon = 64
/** Fingers that run along the keys, digits or letters, in either direction. */
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
/** A few megabytes, which a server has no use for before the first new password. */
function commonPasswords(): Set<string> {
  list ??= new Set((createRequire(import.meta.url)('./common-passwords.json') as { passwords: string[] }).passwords)
  return list
}

/** The shortest piece that gives `text` when it is repeated, the last time perhaps in part; else `text` itself. */
function pieceOf(text: string): string {
  for (let length = 1; length <= longestCommon; length++) {
    if (text.startsWith(text.slice(length))) return text.slice(0, length)
  }
  return text
}

const isRun = (text: string) => runs.some(run => run.includes(text))

/** `text`, and what is left of it without a run, or one character over and over, that it may be filled up with. */
function unfilled(text: string): string[] {
  let last = text.length - 1
  while (text[last - 1] === text[last]) last--
  const heads = [text, text.slice(0, last + 1), text.slice(0, last)]
  for (let end = text.length - 2; isRun(text.slice(end)); end--) heads.push(text.slice(0, end))
  return heads
}

/**
 * Whether `password`, in NFKC and lower case, is among those that are tried first: one of the list, over and over or
 * filled up, or a short piece over and over, or a run along a keyboard, the digits or the alphabet. What merely contains such
 * a thing is not (NIST SP 800-63B-4 §3.1.1.2: the entire password is compared).
 */
export function isFirstGuess(password: string): boolean {
  const piece = pieceOf(password)
  if ([...piece].length < shortestPassword && piece.length * 2 <= password.length) return true
  if (isRun(piece)) return true
  return [piece, ...unfilled(password)].some(text => commonPasswords().has(text))
}

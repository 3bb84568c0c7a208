import { error, type Finding, ok, warning } from './finding.ts'
import type { Settings } from './read-settings.ts'

const bitsWanted = 90
/** What a word adds that a person took from a list or from the language: about one of 2,000. */
const bitsOfWord = 11
const bitsOfLetter = 2.5
/** What people type where a secret belongs, and what examples have there. */
const typed =
  /secret|change.?me|replace.?me|pass.?word|sallyport|example|default|insecure|development|production|qwert[yz]|asdfgh|letmein|admin|12345|abcdef|correct horse battery staple/gi
/** A word or a number of a phrase, in one case: base64url without a digit has separators too, and a mixture of cases. */
const word = /^([A-Z]?[a-z]+|[A-Z]+|\d{1,4})[,!?]?$/

const make =
  'Make one with `openssl rand -base64 32`; docs/operating.md says how to change the secret of a database with keys.'

/**
 * Whether the secret could be guessed, and is there if the database is. Says nothing of the secret itself.
 */
export function checkSecret(settings: Pick<Settings, 'secret' | 'wrong' | 'config'>, hasDatabase: boolean): Finding[] {
  const { secret, wrong, config } = settings
  if (secret.value !== undefined) {
    return [
      estimateBits(secret.value) < bitsWanted
        ? error('secret', `SECRET can be guessed: it is typed, repeats itself or has few different characters. ${make}`)
        : ok('secret', 'SECRET looks random.')
    ]
  }
  // Where none is made it is missing or unreadable, which is an error among the settings.
  const isMade = secret.path === undefined && !wrong.has('secret') && config.databaseUrl.startsWith('sqlite:')
  if (!isMade) return []
  return [
    hasDatabase
      ? warning(
          'secret',
          'There is a database and no secret beside it: put its secret back, or the next start makes one that does not open its keys.'
        )
      : ok('secret', 'There is no secret yet: the first start makes one.')
  ]
}

/**
 * About how many random bits `secret` is worth, at most: typed words, runs such as `aaa` and `123`, and what was there
 * before count for nothing, and a phrase counts by its words. Generous where in doubt.
 */
export function estimateBits(secret: string): number {
  const words = secret.split(/[\s_.-]+/)
  if (words.length > 2 && words.every(text => word.test(text)))
    return words.reduce((bits, text) => bits + Math.min(bitsOfWord, text.length * bitsOfLetter), 0)
  const rest = secret.replace(typed, '')
  const characters = [...rest]
  const codes = characters.map(character => character.codePointAt(0) as number)
  const seen = new Set<string>()
  let fresh = 0
  for (const [index, code] of codes.entries()) {
    const [before = Number.NaN, last = Number.NaN] = codes.slice(Math.max(0, index - 2), index)
    const triple = characters.slice(Math.max(0, index - 2), index + 1).join('')
    const isRun = last - before === code - last && Math.abs(code - last) <= 1
    if (!isRun && !seen.has(triple)) fresh++
    seen.add(triple)
  }
  const distinct = new Set(characters).size
  // A random text does not happen to use all of its alphabet, hence the third of a bit.
  return distinct === 0 ? 0 : fresh * Math.min(Math.log2(alphabetSize(rest)), Math.log2(distinct) + 1 / 3)
}

function alphabetSize(text: string): number {
  if (/^\d+$/.test(text)) return 10
  if (/^([\da-f]+|[\dA-F]+)$/.test(text)) return 16
  const sizes: [RegExp, number][] = [
    [/[a-z]/, 26],
    [/[A-Z]/, 26],
    [/\d/, 10],
    [/[^a-zA-Z\d]/, 16]
  ]
  return sizes.reduce((sum, [pattern, size]) => sum + (pattern.test(text) ? size : 0), 0)
}

/** The rules that the server tells: lengths in characters and bytes, and words that no password may contain. */
export interface Rules {
  min_length: number
  max_bytes: number
  excludes: string[]
}

/** The names of the owner of a new password. */
export interface Names {
  username?: string | undefined
  email?: string | null | undefined
}

/** The server does not look for shorter names (bytes of UTF-8), which occur in too many words. */
const shortestName = 4
const bytesOf = (text: string) => new TextEncoder().encode(text).length
const fold = (text: string) => text.normalize('NFKC').toLowerCase()

/** The rules that `password` breaks, of those that a browser can check. */
export function broken({ min_length, max_bytes, excludes }: Rules, password: string, { username, email }: Names) {
  const normalized = password.normalize('NFC')
  const folded = fold(normalized)
  const names = [username, email, email?.replace(/@.*/, ''), ...excludes]
  const rules = new Set<'length' | 'bytes' | 'context'>()
  if ([...normalized].length < min_length) rules.add('length')
  if (bytesOf(normalized) > max_bytes) rules.add('bytes')
  if (names.some(name => name && bytesOf(name) >= shortestName && folded.includes(fold(name)))) rules.add('context')
  return rules
}

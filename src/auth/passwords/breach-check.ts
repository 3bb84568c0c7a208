import { createHash } from 'node:crypto'
import { boundedText } from '../../base/http/bounded-text.ts'

/** The time for an answer with its body, in milliseconds. */
export const answerMs = 1000
/** The most bytes of an answer. One of Have I Been Pwned has less than a third. */
export const mostBytes = 262_144
/** The shortest time between two warnings, in milliseconds. */
const warningMs = 60_000

/** The outcome of a look-up, for the metrics. */
export type BreachOutcome = 'clean' | 'breached' | 'failed'

/** Asks whether a password (NFC) is in a list of passwords from breaches; `undefined` when there is no list. */
export type BreachCheck = ((password: string) => Promise<boolean>) | undefined

/**
 * Looks passwords up with the range API at `url`, as Have I Been Pwned documents it: the request has five digits of the
 * SHA-1 and nothing else of the password. A look-up that fails counts as clean, after a second at most, and calls
 * `warn` with the reason, once a minute at most. `undefined` without a URL.
 */
export function createBreachCheck({
  url,
  onOutcome,
  warn
}: {
  url: string | undefined
  onOutcome: (outcome: BreachOutcome) => void
  warn: (about: { err: unknown }, message: string) => void
}): BreachCheck {
  if (url === undefined) return undefined
  let warnedAt = Number.NEGATIVE_INFINITY

  return async password => {
    const hash = createHash('sha1').update(password).digest('hex').toUpperCase()
    try {
      const isBreached = (await breachedSuffixes(url, hash.slice(0, 5))).has(hash.slice(5))
      onOutcome(isBreached ? 'breached' : 'clean')
      return isBreached
    } catch (err) {
      onOutcome('failed')
      const now = performance.now()
      if (now - warnedAt < warningMs) return false
      warnedAt = now
      warn({ err }, 'BREACH_CHECK gave no usable answer, and a new password was accepted without it')
      return false
    }
  }
}

/**
 * The other 35 digits, in upper case, of the breached hashes that begin with `prefix`. Rejects when the API at `url`
 * answers nothing, too late, or anything else, such as a redirect.
 */
export async function breachedSuffixes(url: string, prefix: string, fetch = globalThis.fetch): Promise<Set<string>> {
  const answer = await fetch(`${url.replace(/\/$/, '')}/${prefix}`, {
    // Answers of about equal length, so that the length does not show the digits to those who watch the line.
    headers: { 'Add-Padding': 'true' },
    redirect: 'manual',
    signal: AbortSignal.timeout(answerMs)
  })
  if (answer.status !== 200) {
    await answer.body?.cancel()
    throw new Error(`The answer has status ${answer.status}.`)
  }
  const breached = new Set<string>()
  for (const line of (await boundedText(answer, mostBytes)).trimEnd().split(/\r?\n/)) {
    const [, suffix, count] = /^([\da-f]{35}):(\d+)$/i.exec(line) ?? []
    if (suffix === undefined) throw new Error('The answer is not a list of SUFFIX:COUNT.')
    // Padding has a count of 0.
    if (Number(count) > 0) breached.add(suffix.toUpperCase())
  }
  return breached
}

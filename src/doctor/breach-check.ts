import { breachedSuffixes } from '../auth/passwords/breach-check.ts'
import { type Finding, ok, warning } from './finding.ts'
import { explain } from './issuer.ts'

/** The SHA-1 of `password`, which a list of breached passwords should have. */
const known = '5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8'

/** Asks the range API at `url` once, for a password that it should know. */
export async function checkBreachCheck(url: string, fetch: typeof globalThis.fetch): Promise<Finding> {
  const { host } = new URL(url)
  try {
    const breached = await breachedSuffixes(url, known.slice(0, 5), fetch)
    return breached.has(known.slice(5))
      ? ok('breach-check', `${host} knows breached passwords.`)
      : warning(
          'breach-check',
          `${host} does not know the password "password". Set BREACH_CHECK to a range API for SHA-1 hashes.`
        )
  } catch (thrown) {
    return warning(
      'breach-check',
      `${host} gives no answer that BREACH_CHECK can use: ${explain(thrown).reason.replace(/\.$/, '')}. Until it does, new passwords are accepted without it.`
    )
  }
}

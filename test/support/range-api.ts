import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Test } from 'tap'
import { startSite } from './site.ts'

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex').toUpperCase()

/**
 * A range API of breached passwords, as Have I Been Pwned documents it, which knows `breached`; its URL, and the
 * requests that it has received.
 */
export async function startRangeApi(t: Test, breached: string[]) {
  const requests: Pick<IncomingMessage, 'url' | 'headers'>[] = []
  const site = await startSite(t, ({ url, headers }, answer) => {
    requests.push({ url, headers })
    const hashes = breached.map(sha1).filter(hash => `/range/${hash.slice(0, 5)}` === url)
    answer.end(['0'.repeat(34).concat('1:0'), ...hashes.map(hash => `${hash.slice(5)}:42`)].join('\r\n'))
  })
  return { url: `${site}/range/`, requests }
}

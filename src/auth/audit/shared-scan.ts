import { Problem } from '../../errors.ts'

/** How long an answer is shared after it is there, in milliseconds. */
const freshMs = 10_000

interface Scan<T> {
  key: string
  answer: Promise<T>
  doneAt: number | undefined
}

/**
 * Runs one `scan` at a time, while another one may wait. Calls with the same key share an answer for ten seconds, but
 * not an error. Throws 503 when a scan waits already.
 */
export function createSharedScan<About, T>(scan: (about: About) => Promise<T>, now: () => Date) {
  /** Those that run and wait, and the last ones that are done. */
  let scans: Scan<T>[] = []

  return async (key: string, about: About): Promise<T> => {
    const known = scans.find(
      one => one.key === key && (one.doneAt === undefined || Math.abs(now().getTime() - one.doneAt) < freshMs)
    )
    if (known) return known.answer
    const open = scans.filter(({ doneAt }) => doneAt === undefined)
    if (open.length > 1)
      throw new Problem(
        'temporarily_unavailable',
        'Events of other ranges are being counted. Send the same request again.',
        {
          headers: { 'Retry-After': '1' }
        }
      )

    async function run(): Promise<T> {
      await open[0]?.answer.catch(() => {})
      return await scan(about)
    }
    const made: Scan<T> = { key, answer: Promise.resolve().then(run), doneAt: undefined }
    scans = [...open, made]
    made.answer.then(
      () => {
        made.doneAt = now().getTime()
      },
      () => {
        scans = scans.filter(one => one !== made)
      }
    )
    return made.answer
  }
}

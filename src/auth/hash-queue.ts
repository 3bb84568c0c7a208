import { OAuthError } from '../errors.ts'

export type HashQueue = ReturnType<typeof createHashQueue>

/**
 * Runs at most `concurrency` hashes at once, since each takes a core for a fifth of a second; up to `length` more wait
 * their turn. Past that `run` throws `temporarily_unavailable` (503) at once, and nothing is spent.
 */
export function createHashQueue({ concurrency, length }: { concurrency: number; length: number }) {
  const waiting: (() => void)[] = []
  let running = 0

  return {
    /** Runs `hash` when its turn comes. */
    async run<T>(hash: () => Promise<T>): Promise<T> {
      if (running >= concurrency) {
        if (waiting.length >= length) throw overloaded()
        // The one who leaves hands its place over, so `running` stays as it is.
        await new Promise<void>(resolve => waiting.push(resolve))
      } else {
        running++
      }
      try {
        return await hash()
      } finally {
        const next = waiting.shift()
        if (next) next()
        else running--
      }
    }
  }
}

const overloaded = () =>
  new OAuthError('temporarily_unavailable', 'Too many logins are being checked. Try again in a moment.', {
    status: 503,
    headers: { 'Retry-After': '1' }
  })

import { setTimeout as sleep } from 'node:timers/promises'
import { OAuthError } from '../../errors.ts'

export type HashQueue = ReturnType<typeof createHashQueue>

/** Why a password was not hashed: the queue was full, the wait was too long, or the client disconnected. */
export type ShedReason = 'full' | 'timeout' | 'gone'

/**
 * Runs at most `concurrency` hashes at once, because each occupies a core for a fifth of a second. Up to `length` more
 * wait, for at most `maxWaitMs` milliseconds. Beyond these limits `takeTurn` rejects with `temporarily_unavailable`
 * (503), and no hash is computed. `onWait` is called with every wait in seconds, and `onShed` with the reason of every
 * rejection.
 */
export function createHashQueue(limits: {
  concurrency: number
  length: number
  maxWaitMs: number
  refusalDelayMs?: number
  onWait?: (seconds: number) => void
  onShed?: (reason: ShedReason) => void
}) {
  const { concurrency, length, maxWaitMs, refusalDelayMs = 0, onWait = ignore, onShed = ignore } = limits
  // In order of arrival. A set, so that removing a caller takes constant time.
  const waiting = new Set<() => void>()
  let running = 0

  function shed(reason: ShedReason) {
    onShed(reason)
    return new OAuthError('temporarily_unavailable', refusals[reason], { status: 503, headers: { 'Retry-After': '1' } })
  }

  function turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const arrived = performance.now()
      const begin = () => {
        stop()
        onWait((performance.now() - arrived) / 1000)
        resolve()
      }
      const leave = (reason: ShedReason) => {
        stop()
        reject(shed(reason))
      }
      const leaveGone = () => leave('gone')
      const timer = setTimeout(leave, maxWaitMs, 'timeout')
      signal?.addEventListener('abort', leaveGone)
      waiting.add(begin)

      function stop() {
        waiting.delete(begin)
        clearTimeout(timer)
        signal?.removeEventListener('abort', leaveGone)
      }
    })
  }

  /**
   * Waits for a turn to hash. Resolves to the function that ends the turn. Rejects when `signal` fires first, which
   * means that the client has disconnected.
   */
  async function takeTurn(signal?: AbortSignal): Promise<() => void> {
    if (signal?.aborted) throw shed('gone')
    if (running >= concurrency) {
      if (waiting.size >= length) throw shed('full')
      // The caller takes over a turn that ended, so `running` does not change.
      await turn(signal)
    } else {
      onWait(0)
      running++
    }
    return () => {
      const [next] = waiting
      if (next) next()
      else running--
    }
  }

  return {
    takeTurn,

    /** Runs `hash` in a turn. Rejects as `takeTurn` and `hash` do. */
    async run<T>(hash: () => Promise<T>, signal?: AbortSignal): Promise<T> {
      const endTurn = await takeTurn(signal)
      try {
        return await hash()
      } finally {
        endTurn()
      }
    },

    /**
     * Throws the error of `takeTurn` when the queue is full, before any work is done for the request. Waits
     * `refusalDelayMs` milliseconds first, to slow down clients that retry at once.
     */
    async assertRoom() {
      if (running < concurrency || waiting.size < length) return
      const refusal = shed('full')
      await sleep(refusalDelayMs)
      throw refusal
    },

    /** The current number of running and waiting hashes. */
    state: () => ({ running, waiting: waiting.size })
  }
}

const ignore = () => {}

const refusals: Record<ShedReason, string> = {
  full: 'Too many logins at once. Try again in a moment.',
  timeout: 'Too many logins at once. Try again in a moment.',
  gone: 'The client disconnected.'
}

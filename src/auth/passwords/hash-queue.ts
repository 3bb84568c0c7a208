import { setTimeout as sleep } from 'node:timers/promises'
import { OAuthError } from '../../errors.ts'

export type HashQueue = ReturnType<typeof createHashQueue>

/** Why a password was not hashed: the queue was full, its turn did not come in time, or its client has gone away. */
export type ShedReason = 'full' | 'timeout' | 'gone'

/**
 * Runs at most `concurrency` hashes at once, since each takes a core for a fifth of a second; up to `length` more wait
 * their turn, for `maxWaitMs` at most. Past that `takeTurn` rejects with `temporarily_unavailable` (503), and nothing is spent.
 * `onWait` hears of every wait in seconds, `onShed` of everyone who was sent away.
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
  // In the order of arrival; a set, so that whoever leaves early leaves in constant time.
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

  /** Waits for a turn to hash, and resolves to what ends it. Rejects when `signal` fires before: the client has gone. */
  async function takeTurn(signal?: AbortSignal): Promise<() => void> {
    if (signal?.aborted) throw shed('gone')
    if (running >= concurrency) {
      if (waiting.size >= length) throw shed('full')
      // The turn that ends is handed over, so `running` stays as it is.
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
     * Throws what `takeTurn` would throw now because the queue is full, before anything is spent on the request, and
     * `refusalDelayMs` later: whoever asks again at once would otherwise keep the server busy with refusals.
     */
    async assertRoom() {
      if (running < concurrency || waiting.size < length) return
      const refusal = shed('full')
      await sleep(refusalDelayMs)
      throw refusal
    },

    /** How many hashes run and how many wait, now. */
    state: () => ({ running, waiting: waiting.size })
  }
}

const ignore = () => {}

const refusals: Record<ShedReason, string> = {
  full: 'Too many logins are being checked. Try again in a moment.',
  timeout: 'Too many logins are being checked. Try again in a moment.',
  gone: 'The client went away before its turn came.'
}

import { setTimeout as sleep } from 'node:timers/promises'
import { OAuthError } from '../../errors.ts'
import { createFairLine, type Place } from './fair-line.ts'

export type HashQueue = ReturnType<typeof createHashQueue>

/** Why a password was not hashed: the queue was full, the wait was too long, or the client disconnected. */
export type ShedReason = 'full' | 'timeout' | 'disconnected'

/** The caller of a turn. Callers without an account, such as registrations, share one per prefix. */
export interface TurnRequest extends Partial<Place> {
  /** Fires when the client disconnects. */
  signal?: AbortSignal | undefined
}

interface Waiter extends Place {
  begin: () => void
  leave: (reason: ShedReason) => void
}

/**
 * The turns of one account at a time: fewer than the failures without a wait, because a check counts as one until it
 * has ended, and right passwords must not make each other wait.
 */
const mostOfAccount = 8

/**
 * Runs at most `concurrency` hashes at once, because each occupies a core for a fifth of a second. Up to `length` more
 * wait, for at most `maxWaitMs` milliseconds. Turns go round between known and unknown callers, prefixes and accounts:
 * src/auth/passwords/fair-line.ts. An account gets no more than half of the turns while others wait. A quarter of the
 * places is for known callers. When there is no place, a caller displaces one of a prefix or account with more waiting.
 * Beyond these limits `takeTurn` rejects with `temporarily_unavailable` (503), and no hash is computed. `onWait` is
 * called with every wait in seconds, and `onShed` with the reason of every rejection.
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
  const half = Math.max(1, Math.floor(concurrency / 2))
  const reserved = Math.floor(length / 4)
  const line = createFairLine<Waiter>()
  /** The number of turns of each account that has any. */
  const turns = new Map<string, number>()
  let running = 0

  const turnsOf = (account: string) => turns.get(account) ?? 0
  const waiting = () => line.size(true) + line.size(false)

  function shed(reason: ShedReason) {
    onShed(reason)
    return new OAuthError('temporarily_unavailable', refusals[reason], { status: 503, headers: { 'Retry-After': '1' } })
  }

  /** Whether `place` gets a place, and who has to leave for it. */
  function room(place: Place): { leaves?: Waiter | undefined } | undefined {
    const isReserved = !place.isKnown && line.size(false) >= length - reserved
    if (waiting() < length && !isReserved) return {}
    const leaves = line.victim(place, isReserved)
    return leaves && { leaves }
  }

  const mayRunAtOnce = ({ account }: Place) => running < concurrency && turnsOf(account) < mostOfAccount

  /** Gives the free turns to those who wait. */
  function dispatch() {
    while (running < concurrency) {
      const next =
        line.next(account => turnsOf(account) < Math.min(half, mostOfAccount)) ??
        line.next(account => turnsOf(account) < mostOfAccount)
      if (!next) return
      start(next)
      next.begin()
    }
  }

  function start({ account }: Place) {
    running++
    turns.set(account, turnsOf(account) + 1)
  }

  function end({ account }: Place) {
    running--
    if (turnsOf(account) > 1) turns.set(account, turnsOf(account) - 1)
    else turns.delete(account)
    dispatch()
  }

  function waitAt(place: Place, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const arrived = performance.now()
      const leave = (reason: ShedReason) => {
        stop()
        reject(shed(reason))
      }
      const leaveDisconnected = () => leave('disconnected')
      const timer = setTimeout(leave, maxWaitMs, 'timeout')
      signal?.addEventListener('abort', leaveDisconnected)
      const waiter: Waiter = {
        ...place,
        leave,
        begin() {
          stop()
          onWait((performance.now() - arrived) / 1000)
          resolve()
        }
      }
      line.add(waiter)

      function stop() {
        line.remove(waiter)
        clearTimeout(timer)
        signal?.removeEventListener('abort', leaveDisconnected)
      }
    })
  }

  /** The rejection of a caller for whom there is no place, after `refusalDelayMs` milliseconds. */
  async function refuse(): Promise<never> {
    const refusal = shed('full')
    await sleep(refusalDelayMs)
    throw refusal
  }

  /**
   * Waits for a turn to hash. Resolves to the function that ends the turn. Rejects when `signal` fires first, which
   * means that the client has disconnected.
   */
  async function takeTurn({ signal, ...caller }: TurnRequest = {}): Promise<() => void> {
    const { prefix = '', isKnown = false, account = `at ${prefix}` } = caller
    const place = { prefix, isKnown, account }
    if (signal?.aborted) throw shed('disconnected')
    if (mayRunAtOnce(place)) {
      onWait(0)
      start(place)
    } else {
      const found = room(place)
      if (!found) return refuse()
      found.leaves?.leave('full')
      await waitAt(place, signal)
    }
    return () => end(place)
  }

  return {
    takeTurn,

    /** Runs `hash` in a turn. Rejects as `takeTurn` and `hash` do. */
    async run<T>(hash: () => Promise<T>, caller?: TurnRequest): Promise<T> {
      const endTurn = await takeTurn(caller)
      try {
        return await hash()
      } finally {
        endTurn()
      }
    },

    /**
     * Throws the error of `takeTurn` when no caller from `prefix` would get a place, before any work is done for the
     * request. Waits `refusalDelayMs` milliseconds first, to slow down clients that retry at once.
     */
    async assertRoom(prefix = '') {
      const isRoomFor = (isKnown: boolean) => room({ prefix, isKnown, account: '' }) !== undefined
      return running < concurrency || isRoomFor(true) || isRoomFor(false) ? undefined : refuse()
    },

    /** The current number of running and waiting hashes. */
    state: () => ({ running, waiting: waiting() })
  }
}

const ignore = () => {}

const refusals: Record<ShedReason, string> = {
  full: 'Too many logins at once. Try again in a moment.',
  timeout: 'Too many logins at once. Try again in a moment.',
  disconnected: 'The client disconnected.'
}

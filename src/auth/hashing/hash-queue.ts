import { setTimeout as sleep } from 'node:timers/promises'
import { OAuthError } from '../../base/errors.ts'
import { createAccountCounts } from './account-counts.ts'
import { createFairLine, type Place } from './fair-line.ts'
import { noPreparation, type Preparation, type Turn, type TurnRequest } from './hash-turn.ts'

export type HashQueue = ReturnType<typeof createHashQueue>

/** Why a password was not hashed: the queue was full, the wait was too long, or the client disconnected. */
export type ShedReason = 'full' | 'timeout' | 'disconnected'

/** A finished preparation, and how long it took in milliseconds. */
interface Attempt<T> {
  prepared: T
  ms: number
}

interface Waiter extends Place {
  /** Whether its preparation has begun. */
  isBegun: boolean
  prepare: () => void
  begin: () => void
  leave: (reason: ShedReason) => void
}

/** The longest wait for a turn, in milliseconds: a person who waits for longer than this tries again. */
export const mostWaitMs = 5000

/**
 * How many may wait for each that is hashed at once. The last of them waits for about four seconds at bcrypt cost 12,
 * which is within `mostWaitMs`.
 */
export const waitingForEach = 16

/**
 * The attempts of one account at a time: fewer than the failures without a wait, because an attempt counts as one until
 * it is given back, and right passwords must not make each other wait.
 */
const mostOfAccount = 8

/**
 * Runs at most `concurrency` hashes at once, because each occupies a core for a quarter of a second. Up to `length`
 * more wait, for at most `maxWaitMs` milliseconds. The next callers are prepared while others hash, so that no core
 * waits for the disk or the database. Turns go round between known and unknown callers, prefixes and accounts:
 * src/auth/hashing/fair-line.ts. An account gets no more than half of the turns while others wait. A quarter of the
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
  /** The callers with a turn, those that wait prepared for one, and the attempts that may count as failures now. */
  const [turns, prepared, attempts] = [createAccountCounts(), createAccountCounts(), createAccountCounts()]
  /** How many more may be prepared. Each hash that ends allows two, so that clients that disconnect cost few writes. */
  let mayPrepare = concurrency

  const waiting = () => line.size(true) + line.size(false)
  const mayAttempt = ({ account }: Place) => attempts.of(account) < mostOfAccount

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

  /** Prepares a caller, whose attempt counts from now on. */
  async function attempt<T>({ account }: Place, { prepare }: Preparation<T>): Promise<Attempt<T>> {
    const begun = performance.now()
    attempts.add(account)
    try {
      return { prepared: await prepare(), ms: performance.now() - begun }
    } catch (error) {
      attempts.remove(account)
      throw error
    }
  }

  const mayRunAtOnce = (place: Place) => turns.total() < concurrency && mayAttempt(place)

  /** Prepares one caller of each account first, because turns go round. */
  function prepareNext() {
    while (mayPrepare > 0) {
      const mayBegin = (waiter: Waiter) => !waiter.isBegun && mayAttempt(waiter)
      const next = line.first(waiter => prepared.of(waiter.account) === 0 && mayBegin(waiter)) ?? line.first(mayBegin)
      if (!next) return
      mayPrepare--
      next.prepare()
    }
  }

  function giveTurns() {
    while (turns.total() < concurrency) {
      const mayRun = (waiter: Waiter) => waiter.isBegun || mayAttempt(waiter)
      const next = line.next(waiter => turns.of(waiter.account) < half && mayRun(waiter)) ?? line.next(mayRun)
      if (!next) return
      next.begin()
    }
  }

  function serveNext() {
    giveTurns()
    prepareNext()
  }

  /** Ends an attempt that was given back. */
  function release(account: string) {
    attempts.remove(account)
    serveNext()
  }

  /** An attempt is given back after its turn, in about the time in which it was counted. */
  function end({ account }: Place, ms: number) {
    turns.remove(account)
    setTimeout(release, ms, account).unref()
    giveTurns()
    mayPrepare = Math.min(mayPrepare + 2, concurrency - prepared.total())
    prepareNext()
  }

  /** Resolves when the turn comes, to the preparation if it has begun. */
  function waitAt<T>(place: Place, signal: AbortSignal | undefined, preparation: Preparation<T>) {
    return new Promise<{ begun?: Promise<Attempt<T>> }>((resolve, reject) => {
      const arrived = performance.now()
      let begun: Promise<Attempt<T>> | undefined
      const leave = (reason: ShedReason) => {
        stop()
        reject(shed(reason))
        // An attempt that cannot be taken back stays counted.
        begun?.then(done => preparation.undo(done.prepared).finally(() => release(place.account))).catch(ignore)
      }
      const leaveDisconnected = () => leave('disconnected')
      const timer = setTimeout(leave, maxWaitMs, 'timeout')
      signal?.addEventListener('abort', leaveDisconnected)
      const waiter: Waiter = {
        ...place,
        leave,
        isBegun: false,
        prepare() {
          waiter.isBegun = true
          prepared.add(place.account)
          begun = attempt(place, preparation)
          begun.catch(error => {
            if (!line.has(waiter)) return
            stop()
            reject(error)
            prepareNext()
          })
        },
        begin() {
          stop()
          turns.add(place.account)
          onWait((performance.now() - arrived) / 1000)
          resolve(begun ? { begun } : {})
        }
      }
      line.add(waiter)
      prepareNext()

      function stop() {
        line.remove(waiter)
        if (begun) prepared.remove(place.account)
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
   * Waits for a turn to hash, and for `preparation`, which may begin earlier. Rejects with its error, and when `signal`
   * fires before the turn, which means that the client has disconnected.
   */
  async function takeTurn<T>({ signal, ...caller }: TurnRequest, preparation: Preparation<T>): Promise<Turn<T>> {
    const { prefix = '', isKnown = false, account = `at ${prefix}` } = caller
    const place = { prefix, isKnown, account }
    let begun: Promise<Attempt<T>> | undefined
    if (signal?.aborted) throw shed('disconnected')
    if (mayRunAtOnce(place)) {
      onWait(0)
      turns.add(account)
    } else {
      const found = room(place)
      if (!found) return refuse()
      found.leaves?.leave('full')
      begun = (await waitAt(place, signal, preparation)).begun
    }
    try {
      const { prepared, ms } = await (begun ?? attempt(place, preparation))
      return { prepared, end: () => end(place, ms) }
    } catch (error) {
      turns.remove(account)
      serveNext()
      throw error
    }
  }

  return {
    takeTurn,

    /** Runs `hash` in a turn. Rejects as `takeTurn` and `hash` do. */
    async run<T>(hash: () => Promise<T>, caller: TurnRequest = {}): Promise<T> {
      const turn = await takeTurn(caller, noPreparation)
      try {
        return await hash()
      } finally {
        turn.end()
      }
    },

    /**
     * Throws the error of `takeTurn` when no caller from `prefix` would get a place, before any work is done for the
     * request. Waits `refusalDelayMs` milliseconds first, to slow down clients that retry at once.
     */
    async assertRoom(prefix = '') {
      const isRoomFor = (isKnown: boolean) => room({ prefix, isKnown, account: '' }) !== undefined
      return turns.total() < concurrency || isRoomFor(true) || isRoomFor(false) ? undefined : refuse()
    },

    /** The current number of running and waiting hashes, and how many may wait. */
    state: () => ({ running: turns.total(), waiting: waiting(), limit: length })
  }
}

const ignore = () => {}

const refusals: Record<ShedReason, string> = {
  full: 'Too many logins at once. Try again in a moment.',
  timeout: 'Too many logins at once. Try again in a moment.',
  disconnected: 'The client disconnected.'
}

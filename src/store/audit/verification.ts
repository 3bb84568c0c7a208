import { type AuditRow, isReadable } from './events.ts'
import { beginning, createDigest, faultOfSeal, isPruned, type Link, linkOf, type Seal } from './seals.ts'

/** A difference from the trail as it was written: the name of an event or a seal, and the message about it. */
export interface Fault {
  what: string
  fault: string
}

/** The result of a verification. `broken` is the first fault, in the order of the seals. */
export interface Verification {
  /** Intact events and seals, the last intact seal, and the last pruned one. */
  events: number
  seals: number
  newest: Link
  pruned: Link
  broken?: Fault
  /** The seal after which the next step begins, if this one ended because of `most`. */
  next?: Link
}

/** How to verify, as `verifySeals` says. */
export interface VerifyOptions {
  trusted: string[]
  noted?: Link | undefined
  from?: Link | undefined
  through?: number
  most?: { events: number; seals: number }
  stop?: AbortSignal | undefined
  /** Receives what was verified so far, after each seal. */
  onSeal?: ((found: Verification) => void) | undefined
}

/** The fault of an event that `isReadable` rejects. */
export const unreadable = 'has an invalid number, time or detail'

const noSeal = ({ seal }: AuditRow) => `names seal ${seal}, which does not exist or was pruned`

/** Reads seals and sealed events, each in bounded pages; both are empty after the newest. */
export interface SealReader {
  /** Seals after this number, in order. */
  seals(after: number | undefined): Promise<Seal[]>
  /** Sealed events after this one, by the number of the seal and their own. */
  events(after: Pick<AuditRow, 'seal' | 'seq'> | undefined): Promise<AuditRow[]>
}

/**
 * Follows the seals with their events from the oldest, or after the seal `from`, which must still exist. Ends at number
 * `through`, at the newest, after `most`, or when `stop` fires. `trusted` are the public keys that may have signed
 * them, and `noted` is a seal that must be among them.
 */
export async function verifySeals(
  read: SealReader,
  { trusted, from, noted, through, most, stop, onSeal }: VerifyOptions
): Promise<Verification> {
  const found: Verification = { events: 0, seals: 0, newest: beginning, pruned: beginning }
  const broken = (what: string, fault: string): Verification => ({ ...found, broken: { what, fault } })
  const events = createEvents(read, from && { seal: from.number, seq: Number.MAX_SAFE_INTEGER })
  let isFirst = true
  let last = from && from.number - 1

  for (;;) {
    // Read before the seals, so that an event that is sealed in between has its seal on this page or a later one.
    const left = await events.peek()
    const page = await read.seals(last)
    if (stop?.aborted) return found
    if (page.length === 0) {
      if (from && isFirst) return broken(`seal ${from.number}`, 'is missing')
      if (left) return broken(`event ${left.seq}`, noSeal(left))
      break
    }
    for (const seal of page) {
      const name = `seal ${seal.number}`
      const link = linkOf(seal)
      const fault = faultOfSeal(seal, trusted)
      if (fault) return broken(name, fault)
      if (noted?.number === seal.number && noted.hash !== link.hash)
        return broken(name, 'has a different hash than expected')
      if (isFirst && from) {
        if (seal.number !== from.number) return broken(`seal ${from.number}`, 'is missing')
        if (link.hash !== from.hash) return broken(name, 'has a different hash than expected')
        found.newest = link
      } else if (isFirst && isPruned(seal, trusted)) {
        found.newest = found.pruned = link
      } else {
        if (seal.pruned !== null) return broken(name, 'has a mark of pruning that is not valid here')
        if (seal.number !== found.newest.number + 1) return broken(`seal ${found.newest.number + 1}`, 'is missing')
        if (seal.previous !== found.newest.hash) return broken(name, 'does not continue the seal before it')
        const wrong = await faultOfEvents(seal, events)
        if (wrong) return broken(wrong.what, wrong.fault)
        found.events += seal.events
        found.seals++
        found.newest = link
      }
      onSeal?.(found)
      if (seal.number === through) return found
      if (most && (found.events >= most.events || found.seals >= most.seals)) return { ...found, next: link }
      isFirst = false
      last = seal.number
    }
  }
  if (noted && noted.number < found.pruned.number)
    return broken(`seal ${noted.number}`, 'was pruned and cannot be verified')
  if (noted && noted.number > found.newest.number)
    return broken(`seal ${noted.number}`, `is missing: the trail ends with seal ${found.newest.number}`)
  return found
}

/** The first fault of the events that name `seal`. */
async function faultOfEvents(seal: Seal, events: ReturnType<typeof createEvents>): Promise<Fault | undefined> {
  const lines = createDigest()
  for (let row = await events.next(seal.number); row; row = await events.next(seal.number)) {
    const what = `event ${row.seq}`
    if (row.seal !== seal.number) return { what, fault: noSeal(row) }
    if (!isReadable(row)) return { what, fault: unreadable }
    lines.add(row)
  }
  const what = `seal ${seal.number}`
  if (lines.count !== seal.events)
    return { what, fault: `covers ${seal.events} event(s), but ${lines.count} event(s) name it` }
  return lines.digest() === seal.digest ? undefined : { what, fault: 'covers an event that was changed' }
}

/** The sealed events one by one, after this one or from the first. */
function createEvents(read: SealReader, after?: Pick<AuditRow, 'seal' | 'seq'>) {
  let page: AuditRow[] = []
  let at = 0
  let last = after
  async function peek(): Promise<AuditRow | undefined> {
    if (at === page.length) {
      page = await read.events(last)
      at = 0
    }
    return page[at]
  }
  return {
    /** The next event, which stays the next one. */
    peek,

    /** The next event whose seal is at most `seal`; `undefined` when the next one has a later seal, or none is left. */
    async next(seal: number): Promise<AuditRow | undefined> {
      const row = await peek()
      if (row === undefined || Number(row.seal) > seal) return undefined
      at++
      last = row
      return row
    }
  }
}

import { Problem } from '../base/errors.ts'

/** Beyond this, nothing is deleted by age. */
const toleratedMs = 60_000
/** A slower answer does not tell the time well enough. */
const slowMs = 500

/**
 * The clock of the database server, which all nodes share: `now`, corrected by the difference of the machine's clock
 * that was measured last. Without a database server, it is `now`.
 */
export function createDatabaseClock({ store, now }: { store: { now?: () => Promise<Date> }; now: () => Date }) {
  let aheadMs = 0
  let isMeasured = false

  /** How far `clock` is ahead of the database's, and how long the database took to answer, in milliseconds. */
  async function compare(clock: () => number) {
    if (!store.now) return { ahead: 0, took: 0 }
    const [asked, begun] = [clock(), performance.now()]
    const theirs = (await store.now()).getTime()
    return { ahead: (asked + clock()) / 2 - theirs, took: performance.now() - begun }
  }

  return {
    now: () => new Date(now().getTime() - aheadMs),

    /** How far the machine's clock was ahead at the last measurement, in milliseconds. */
    aheadMs: () => aheadMs,

    /** Measures; keeps the first result, and any other unless the database was slow. Rejects without an answer. */
    async measure(machine = Date.now) {
      const { ahead, took } = await compare(machine)
      if (isMeasured && took > slowMs) return
      aheadMs = ahead
      isMeasured = true
    },

    /** Throws 409 when the clocks differ by more than a minute, for work that deletes by age. */
    async check() {
      const { ahead } = await compare(() => now().getTime())
      if (Math.abs(ahead) <= toleratedMs) return
      const difference = `${Math.round(Math.abs(ahead) / 1000)} s ${ahead > 0 ? 'ahead of' : 'behind'}`
      throw new Problem(
        'conflict',
        `The clock of this machine is ${difference} the clock of the database. Nothing was deleted. Correct the clock.`
      )
    }
  }
}

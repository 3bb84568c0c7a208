import { Problem } from '../errors.ts'

export type DatabaseClock = ReturnType<typeof createDatabaseClock>

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

  /** How far `clock` is ahead of the database's, and how long the database took to answer, in milliseconds. */
  async function compare(clock: () => number) {
    if (!store.now) return { ahead: 0, took: 0 }
    const asked = clock()
    const theirs = (await store.now()).getTime()
    const answered = clock()
    return { ahead: (asked + answered) / 2 - theirs, took: answered - asked }
  }

  return {
    now: () => new Date(now().getTime() - aheadMs),

    /** How far the machine's clock was ahead at the last measurement, in milliseconds. */
    aheadMs: () => aheadMs,

    /** Measures, and keeps the result unless the database was slow. Rejects when it does not answer. */
    async measure(machine = Date.now) {
      const { ahead, took } = await compare(machine)
      if (took <= slowMs) aheadMs = ahead
    },

    /** Throws 409 when the clocks differ by more than a minute, for work that deletes by age. */
    async check() {
      const { ahead } = await compare(() => now().getTime())
      if (Math.abs(ahead) <= toleratedMs) return
      const difference = `${Math.round(Math.abs(ahead) / 1000)} s ${ahead > 0 ? 'ahead of' : 'behind'}`
      throw new Problem(
        409,
        `The clock of this machine is ${difference} the clock of the database. Nothing was deleted. Correct the clock.`
      )
    }
  }
}

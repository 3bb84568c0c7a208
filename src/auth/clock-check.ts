import { Problem } from '../errors.ts'

const toleratedMs = 60_000

/**
 * Creates a check for work that deletes by age. It throws 409 when the database has a clock of its own that differs by
 * more than a minute from that of this machine.
 */
export const createClockCheck =
  ({ store, now }: { store: { now?: () => Promise<Date> }; now: () => Date }) =>
  async () => {
    const aheadMs = store.now ? now().getTime() - (await store.now()).getTime() : 0
    if (Math.abs(aheadMs) <= toleratedMs) return
    const difference = `${Math.round(Math.abs(aheadMs) / 1000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'}`
    throw new Problem(
      409,
      `The clock of this machine is ${difference} the clock of the database. Nothing was deleted. Correct the clock.`
    )
  }

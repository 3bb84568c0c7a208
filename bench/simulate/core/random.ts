export type Random = ReturnType<typeof createRandom>

/** Random numbers that are the same for the same whole number `seed`, by the generator Mulberry32. */
export function createRandom(seed: number) {
  let state = seed >>> 0

  /** A number from 0 up to, but not including, 1. */
  function uniform() {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  return {
    uniform,

    /** A number of the exponential distribution with this mean. */
    exponential: (mean: number) => -mean * Math.log(1 - uniform()),

    /** A number from `from` up to `to`, each equally likely. */
    between: (from: number, to: number) => from + (to - from) * uniform(),

    /** Whether an event of this probability happens. */
    chance: (probability: number) => uniform() < probability
  }
}

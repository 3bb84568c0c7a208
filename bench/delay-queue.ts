/**
 * Items in the order of their arrival, each held for the delay that applied when it arrived. No item waits for the
 * delay of another, except that a shorter delay does not let a later item overtake. Times are in milliseconds.
 */
export function createDelayQueue<T>() {
  const waiting: { item: T; due: number }[] = []

  return {
    add(item: T, now: number, delay: number) {
      waiting.push({ item, due: Math.max(now + delay, waiting.at(-1)?.due ?? 0) })
    },

    /** Removes and returns the items that are due. */
    takeDue(now: number): T[] {
      const first = waiting.findIndex(({ due }) => due > now)
      return waiting.splice(0, first < 0 ? waiting.length : first).map(({ item }) => item)
    },

    /** When the next item is due; undefined when the queue is empty. */
    nextDue: () => waiting[0]?.due
  }
}

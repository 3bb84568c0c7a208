export type Clock = ReturnType<typeof createClock>

interface Event {
  at: number
  order: number
  run: () => void
}

const isBefore = (a: Event, b: Event) => a.at < b.at || (a.at === b.at && a.order < b.order)

/**
 * A simulated clock, in seconds from 0, and the events that are still to come, as a binary heap. Events of the same
 * time run in the order in which they were added, so a simulation has one result.
 */
export function createClock() {
  const heap: Event[] = []
  let now = 0
  let added = 0

  function add(event: Event) {
    let child = heap.length
    while (child > 0) {
      const parent = (child - 1) >> 1
      const above = heap[parent] as Event
      if (!isBefore(event, above)) break
      heap[child] = above
      child = parent
    }
    heap[child] = event
  }

  function takeFirst(): Event {
    const first = heap[0] as Event
    const last = heap.pop() as Event
    if (heap.length === 0) return first
    let parent = 0
    for (;;) {
      let child = 2 * parent + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child++
      if (!isBefore(heap[child] as Event, last)) break
      heap[parent] = heap[child] as Event
      parent = child
    }
    heap[parent] = last
    return first
  }

  return {
    now: () => now,

    /** Runs `run` in `seconds`, which must not be negative. */
    after(seconds: number, run: () => void) {
      if (!(seconds >= 0)) throw new Error(`An event cannot be ${seconds} s from now`)
      add({ at: now + seconds, order: added++, run })
    },

    /** Runs every event up to and including the time `end`, which is then the time of the clock. */
    runUntil(end: number) {
      while (heap.length > 0 && (heap[0] as Event).at <= end) {
        const { at, run } = takeFirst()
        now = at
        run()
      }
      now = end
    },

    /** The number of events so far, past and to come. */
    events: () => added
  }
}

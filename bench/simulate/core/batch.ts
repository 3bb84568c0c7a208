/**
 * Collects the callers of one turn of the event loop. `open` is called with the first; it calls its argument when the
 * turn ends. `read` then receives the number of callers, and calls its `done` when all of them have their answer.
 */
export function createBatch(open: (end: () => void) => void, read: (count: number, done: () => void) => void) {
  let callers: (() => void)[] = []

  return (answered: () => void) => {
    callers.push(answered)
    if (callers.length > 1) return
    open(() => {
      const turn = callers
      callers = []
      read(turn.length, () => {
        for (const done of turn) done()
      })
    })
  }
}

/** A part of a request: it calls `next` when it is over. */
export type Step = (next: () => void) => void

/** Runs the steps one after the other, then calls `done`. */
export function inTurn(steps: Step[], done: () => void) {
  let at = 0
  const next = () => {
    const step = steps[at++]
    if (step) step(next)
    else done()
  }
  next()
}

// The refresh of one login as a transition function: the row of the login, and the calls of two nodes, one statement of
// the database at a time. refresh-model.test.ts explores all its states, and refresh-replay.test.ts compares it with
// the grant on both databases. Times count half grace periods.

/** How long a replaced token works again, in steps of time. */
export const grace = 2

export interface Row {
  counter: number
  /** The time since the last rotation, up to the first at which the grace is over. */
  age: number
  isLive: boolean
}

/** A request with the token of this counter, and the statement that its node sends next. */
export interface Call {
  token: number
  hasKey: boolean
  next: 'read' | 'rotate' | 'read again' | 'end'
  /** The counter of the row that the call read first. */
  seen: number
  /** How long ago the node took the time for a rotation: before the statement is sent. */
  waited: number
}

/** A rule each; a mutant lacks one. */
export const rules = {
  /** The previous token works again within the grace. */
  takesRetries: true,
  /** Only the previous one does. */
  onlyPrevious: true,
  /** The grace ends. */
  endsGrace: true,
  /** The use of any other old token ends the login. */
  endsOnReuse: true,
  /** A rotation needs the counter that was read. */
  comparesCounter: true,
  /** A rotation needs a live login. */
  comparesEnd: true,
  /** A token that is bound to a key needs it. */
  needsKey: true,
  /** A token ahead of its row counts as the current one. */
  takesAhead: true
}
export type Rules = typeof rules

/** The row and the call after the next statement of the call; an answer is the counter of the new token. */
export interface Outcome {
  row: Row
  call?: Call
  answer?: number | 'refused'
}

export const begin = (token: number, hasKey = true): Call => ({ token, hasKey, next: 'read', seen: 0, waited: 0 })

/** Runs the next statement of `call`. */
export function advance(row: Row, call: Call, { bound, ...rule }: Rules & { bound: boolean }): Outcome {
  const { token, next, seen } = call
  if (next === 'read') {
    if (!row.isLive || (bound && rule.needsKey && !call.hasKey)) return { row, answer: 'refused' }
    const isCurrent = rule.takesAhead ? token >= row.counter : token === row.counter
    return { row, call: { ...call, next: isCurrent ? 'rotate' : 'read again', seen: row.counter } }
  }
  if (next === 'rotate') {
    const isSame = (row.counter === seen || !rule.comparesCounter) && (row.isLive || !rule.comparesEnd)
    if (!isSame) return { row, call: { ...call, next: 'read again', waited: 0 } }
    return { row: { ...row, counter: token + 1, age: call.waited }, answer: token + 1 }
  }
  if (next === 'read again') {
    if (!row.isLive || token >= row.counter) return { row, answer: 'refused' }
    const isRecent = row.age <= grace || !rule.endsGrace
    const isPrevious = token === row.counter - 1 || !rule.onlyPrevious
    if (isPrevious && isRecent && rule.takesRetries) return { row, answer: row.counter }
    return { row, call: { ...call, next: 'end' } }
  }
  return { row: { ...row, isLive: row.isLive && !rule.endsOnReuse }, answer: 'refused' }
}

/** The row and the calls after a step of time. */
export const tick = <C extends Call>(row: Row, calls: (C | null)[]) => ({
  row: { ...row, age: later(row.age) },
  calls: calls.map(call => (call?.next === 'rotate' ? { ...call, waited: later(call.waited) } : call))
})

const later = (age: number) => Math.min(age + 1, grace + 1)

/** A state that can follow, what led to it, and the name of the rule that this breaks, if any. */
export interface Next<State> {
  action: string
  state: State
  broken?: string | undefined
}

/** All that `explore` saw, and the shortest way to the first broken rule. */
export interface Exploration {
  states: number
  transitions: number
  broken?: { rule: string; trace: string[] }
}

/** Visits every state that can be reached from `first`, breadth first, until a rule is broken. */
export function explore<State>(first: State, successors: (state: State) => Next<State>[]): Exploration {
  const keyOf = (state: State) => JSON.stringify(state)
  /** Each known state, with the action that led to it first and the state before. */
  const known = new Map<string, { action: string; before?: string }>([[keyOf(first), { action: 'start' }]])
  const traceTo = (key: string | undefined): string[] => {
    const found = key === undefined ? undefined : known.get(key)
    return found ? [...traceTo(found.before), found.action] : []
  }
  const queue = [first]
  let transitions = 0
  // The loop also visits what it adds to the queue.
  for (const state of queue) {
    const before = keyOf(state)
    for (const { action, state: next, broken } of successors(state)) {
      transitions++
      if (broken !== undefined) {
        const trace = [...traceTo(before), action]
        return { states: known.size, transitions, broken: { rule: broken, trace } }
      }
      const key = keyOf(next)
      if (known.has(key)) continue
      known.set(key, { action, before })
      queue.push(next)
    }
  }
  return { states: known.size, transitions }
}

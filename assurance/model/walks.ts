import { advance, begin, type Call, grace, type Outcome, type Row, rules, tick } from './refresh.ts'

// Ways through the states of one row and the calls of two nodes.

/** The tokens that are sent are below this one. */
const tokens = 2

interface State {
  row: Row
  calls: (Call | null)[]
}

/** A step: at a node, or of the row. */
export type Action =
  | { do: 'send'; node: number; token: number; hasKey: boolean }
  | { do: 'advance'; node: number }
  | { do: 'wait' | 'end' | 'restore' }

/** One transition: what happens, the state after it, and the answer of the call, if it got one. */
export interface Transition {
  action: Action
  after: State
  answer: Outcome['answer']
}

export const start: State = { row: { counter: 0, age: grace + 1, isLive: true }, calls: [null, null] }

function transitionsFrom({ row, calls }: State, bound: boolean): Transition[] {
  const to = (action: Action, after: Partial<State>, answer?: Outcome['answer']) => ({
    action,
    after: { row, calls, ...after },
    answer
  })
  const next: Transition[] = []
  for (const [node, call] of calls.entries()) {
    if (call) {
      const { answer, row: then, call: rest } = advance(row, call, { ...rules, bound })
      next.push(to({ do: 'advance', node }, { row: then, calls: calls.with(node, rest ?? null) }, answer))
    } else
      for (let token = 0; token < tokens; token++)
        for (const hasKey of bound ? [true, false] : [true])
          if (token <= row.counter + 1)
            next.push(to({ do: 'send', node, token, hasKey }, { calls: calls.with(node, begin(token, hasKey)) }))
  }
  next.push(to({ do: 'wait' }, tick(row, calls)))
  if (row.isLive) next.push(to({ do: 'end' }, { row: { ...row, isLive: false } }))
  if (row.isLive && row.counter > 0)
    next.push(to({ do: 'restore' }, { row: { ...row, counter: row.counter - 1, age: grace + 1 } }))
  return next
}

/**
 * Walks from the start. Together they run each statement of a call in every state of the row and the call that can
 * occur: each walk goes the shortest way to a statement that none has run, and then four random steps, always the same.
 */
export function walks(bound: boolean): Transition[][] {
  /** Each known state, and the shortest way to it. */
  const ways = new Map<string, Transition[]>([[JSON.stringify(start), []]])
  const queue = [start]
  /** Each statement in each state of its row and call, and the shortest way through it. */
  const statements = new Map<string, Transition[]>()
  for (const state of queue)
    for (const transition of transitionsFrom(state, bound)) {
      const way = [...(ways.get(JSON.stringify(state)) as Transition[]), transition]
      const statement = statementOf(state, transition.action)
      if (statement !== undefined && !statements.has(statement)) statements.set(statement, way)
      const key = JSON.stringify(transition.after)
      if (ways.has(key)) continue
      ways.set(key, way)
      queue.push(transition.after)
    }

  let random = 1
  const run = new Set<string>()
  return Array.from(statements).flatMap(([statement, way]) => {
    if (run.has(statement)) return []
    const walk = [...way]
    for (let state = walk.at(-1)?.after as State; walk.length < way.length + 4; state = walk.at(-1)?.after as State) {
      const next = transitionsFrom(state, bound)
      random = (random * 48_271) % 2_147_483_647
      walk.push(next[random % next.length] as Transition)
    }
    for (const [index, { action }] of walk.entries())
      run.add(statementOf(walk[index - 1]?.after ?? start, action) ?? '')
    return [walk]
  })
}

/** The row and the call of a statement that is run, as a key. */
const statementOf = ({ row, calls }: State, action: Action) =>
  action.do === 'advance' ? JSON.stringify([row, calls[action.node]]) : undefined

import type { Next } from './explore.ts'
import { advance, begin, type Call, grace, type Row, type Rules, rules, tick } from './refresh.ts'

// An owner, and perhaps a thief, who refresh one login at two nodes, and what must hold whatever the order.

/** How far the model goes, and who takes part. */
export interface Scenario {
  /** How many rotations. */
  rotations: number
  /** A thief knows every token that was ever issued. Without the key of a bound login, the tokens are all it has. */
  thief?: 'with the key' | 'without the key'
  /** A restore or a failover may bring back the row as it was before a rotation. */
  restores?: boolean
  /** The owner sends the next token though a request with the last one is still on its way. */
  isHasty?: boolean
}

/** A call, whose token it has, and whether the token was already one that ends the login. */
interface Sent extends Call {
  by: 'owner' | 'thief'
  isReuse: boolean
  isAfterEnd: boolean
}

export interface World {
  row: Row
  calls: (Sent | null)[]
  /** The newest token that has reached the owner, and the newest that any node has issued. */
  holds: number
  issued: number
  /** Whether a logout, an administrator or the time ended the login. */
  isOver: boolean
}

export const start: World = {
  row: { counter: 0, age: grace + 1, isLive: true },
  calls: [null, null],
  holds: 0,
  issued: 0,
  isOver: false
}

const rotations = 3
/** The scenarios, by their names in the documents. */
export const scenarios = {
  'the owner alone': { rotations },
  'a thief with every token': { rotations, thief: 'with the key' },
  'a thief without the key': { rotations, thief: 'without the key' },
  'the owner and restores': { rotations, restores: true }
} satisfies Record<string, Scenario>

/** Each rule of the server, a scenario in which it is needed, and what a server without it breaks. */
export const mutants: [lacks: keyof Rules, scenario: keyof typeof scenarios, broken: string][] = [
  ['takesRetries', 'the owner alone', 'an honest owner stays logged in'],
  ['onlyPrevious', 'a thief with every token', 'one token has one successor'],
  ['endsGrace', 'a thief with every token', 'a reused token ends the login'],
  ['endsOnReuse', 'a thief with every token', 'a reused token ends the login'],
  ['comparesCounter', 'a thief with every token', 'one token of a login is current'],
  ['comparesEnd', 'the owner alone', 'an ended login gives no token'],
  ['needsKey', 'a thief without the key', 'a thief without the key changes nothing'],
  ['takesAhead', 'the owner and restores', 'an honest owner stays logged in']
]

/** Everything that can happen next in a scenario, under rules that a mutant may change. */
export function successorsIn(scenario: Scenario, changed: Partial<Rules> = {}) {
  const { rotations, thief, restores = false, isHasty = false } = scenario
  const bound = thief === 'without the key'
  const inForce = { ...rules, ...changed, bound }

  function finish(world: World, node: number): Next<World>[] {
    const sent = world.calls[node] as Sent
    const { row, call, answer } = advance(world.row, sent, inForce)
    const action = `node ${node}, ${sent.by}, token ${sent.token}: ${sent.next}`
    const calls = world.calls.with(node, call ? { ...sent, ...call } : null)
    const after = { ...world, row, calls }
    if (answer === undefined) return [{ action, state: after, broken: brokenBy(world, sent, after) }]
    if (answer === 'refused')
      return [{ action: `${action}, refused`, state: after, broken: brokenBy(world, sent, after, answer) }]
    const issued = Math.max(world.issued, answer)
    const lost = { ...after, issued }
    const broken = brokenBy(world, sent, lost, answer)
    const received = { ...lost, holds: Math.max(world.holds, answer) }
    return [
      { action: `${action}, answer lost`, state: lost, broken },
      ...(sent.by === 'owner' ? [{ action: `${action}, token ${answer}`, state: received, broken }] : [])
    ]
  }

  /** The rule that a statement of a call has broken. */
  function brokenBy(before: World, sent: Sent, { row, issued, isOver }: World, answer?: number | 'refused') {
    const isKeyless = sent.by === 'thief' && bound
    const isToken = typeof answer === 'number'
    const isSecondRotation = isToken && sent.next === 'rotate' && sent.token !== before.row.counter
    const broken: Record<string, boolean> = {
      'an ended login gives no token': isToken && (!before.row.isLive || sent.isAfterEnd),
      'one token has one successor': isToken && answer !== sent.token + 1,
      'one token of a login is current': !restores && (isSecondRotation || issued !== row.counter),
      'a reused token ends the login': answer !== undefined && sent.isReuse && !isKeyless && (isToken || row.isLive),
      'a thief without the key changes nothing': isKeyless && (isToken || row !== before.row),
      'an honest owner stays logged in': !thief && !isOver && (answer === 'refused' || !row.isLive)
    }
    return Object.keys(broken).find(name => broken[name])
  }

  function send(world: World, node: number, by: 'owner' | 'thief', token: number): Next<World> {
    const { row } = world
    const isReuse = !restores && (token < row.counter - 1 || (token === row.counter - 1 && row.age > grace))
    const call = { ...begin(token, by === 'owner' || !bound), by, isReuse, isAfterEnd: !row.isLive }
    return {
      action: `${by} sends token ${token} to node ${node}`,
      state: { ...world, calls: world.calls.with(node, call) }
    }
  }

  return (world: World): Next<World>[] => {
    const { row, calls, holds, issued, isOver } = world
    const owned = calls.filter(call => call?.by === 'owner')
    const next: Next<World>[] = []
    // An owner whose answer was lost repeats within the grace, and waits for its requests before it uses the next token.
    const isReady = isHasty || owned.every(call => call?.token === holds)
    const mayRepeat = thief !== undefined || holds >= row.counter || row.age <= grace
    const hasToAnswer = owned.some(
      call => call && (call.waited === grace || (call.token < row.counter && row.age === grace))
    )
    for (const [node, call] of calls.entries()) {
      if (call) next.push(...finish(world, node))
      else {
        if (isReady && mayRepeat && holds < rotations) next.push(send(world, node, 'owner', holds))
        if (thief)
          for (let token = 0; token <= issued && token < rotations; token++)
            next.push(send(world, node, 'thief', token))
      }
    }
    // The answer to an honest owner comes within the grace.
    if (thief !== undefined || !hasToAnswer)
      next.push({ action: 'time passes', state: { ...world, ...tick(row, calls) } })
    if (!isOver) next.push({ action: 'logout', state: { ...world, row: { ...row, isLive: false }, isOver: true } })
    if (restores && row.counter > 0 && row.isLive && calls.every(call => call === null)) {
      const old = { ...row, counter: row.counter - 1, age: grace + 1 }
      next.push({ action: 'restore', state: { ...world, row: old } })
    }
    return next
  }
}

import { arrivals } from '../core/arrivals.ts'
import { createClock } from '../core/clock.ts'
import { createRandom } from '../core/random.ts'
import { assumed } from '../model/assumptions.ts'
import type { Rates } from '../model/demand.ts'
import type { Size } from '../model/size.ts'
import { createSystem } from '../model/system.ts'

/** How a client waits after a refusal: always for `Retry-After`, or longer after each refusal. */
export type Patience = 'constant' | 'doubling'

/** How a herd of clients came back. Times are seconds; NaN if it did not happen. */
export interface Herd {
  clients: number
  /** The times at which 0 %, 1 %, … 100 % of the clients were back. */
  times: number[]
  attemptsPerClient: number
  /** The most refusals in one second, on all nodes. */
  mostRefusals: number
  /** The largest use of an event loop over ten seconds. */
  mostLoop: number
}

interface Options {
  size: Size
  /** Clients that come at once. */
  clients: number
  /** Clients that come as on any day. */
  rates: Rates
  patience: Patience
  seconds: number
}

/** All `clients` log in within a second, and repeat it until they are back; the clients of any day come as well. */
export function simulateHerd({ size, clients, rates, patience, seconds }: Options): Herd {
  const world = { clock: createClock(), random: createRandom(1) }
  const { clock, random } = world
  const system = createSystem(world, size)
  const back: number[] = []
  const refusals = new Map<number, number>()
  let attempts = 0

  function waitAfter(refused: number) {
    const least = assumed('retrySeconds')
    if (patience === 'constant') return random.between(least, 2 * least)
    return least + random.between(0, Math.min(assumed('retryMost'), 2 ** refused))
  }
  function logIn(isHerd: boolean, isRight: boolean, refused = 0) {
    if (isHerd) attempts++
    system.logIn(isRight, how => {
      if (how === 'full' || how === 'timeout') {
        const second = Math.floor(clock.now())
        refusals.set(second, (refusals.get(second) ?? 0) + 1)
        clock.after(waitAfter(refused + 1), () => logIn(isHerd, isRight, refused + 1))
      } else if (isHerd) back.push(clock.now())
    })
  }
  for (let n = 0; n < clients; n++) clock.after(random.uniform(), () => logIn(true, true))
  arrivals(world, rates.logins, seconds, () => logIn(false, true))
  arrivals(world, rates.failures, seconds, () => logIn(false, false))

  let mostLoop = 0
  let looped = 0
  const step = 10
  for (let time = step; time <= seconds && back.length < clients; time += step) {
    clock.runUntil(time)
    const now = system.totals().looped
    mostLoop = Math.max(mostLoop, (now - looped) / step / size.nodes)
    looped = now
  }
  return {
    clients,
    times: percents.map(percent => back[Math.max(0, Math.ceil((percent / 100) * clients) - 1)] ?? Number.NaN),
    attemptsPerClient: attempts / clients,
    mostRefusals: Math.max(0, ...refusals.values()),
    mostLoop
  }
}

const percents = Array.from({ length: 101 }, (_, percent) => percent)

/** `clients` refresh at once; resolves to the number that is served in a second. */
export function simulateRefreshHerd(size: Size, clients: number): number {
  const world = { clock: createClock(), random: createRandom(1) }
  const system = createSystem(world, size)
  let last = 0
  const ended = () => {
    last = world.clock.now()
  }
  for (let n = 0; n < clients; n++) world.clock.after(world.random.uniform(), () => system.refresh(ended))
  // Ends when every client is served: the seals would go on for ever.
  while (system.inside().ended < clients) world.clock.runUntil(world.clock.now() + 1)
  return clients / last
}

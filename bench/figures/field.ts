import { type Entrant, logIn, type Place } from '../entrants/entrant.ts'
import { createGenerator, type Generator } from '../load/generator.ts'
import type { RateResult } from '../load/jobs.ts'
import type { RunningServer } from '../processes.ts'
import { ask, type HttpRequest } from '../request.ts'
import { type Line, line } from './figure.ts'

export interface Runner {
  entrant: Entrant
  server: RunningServer
}

/** Starts every entrant and creates the account there. */
export async function startAll(entrants: Entrant[], place: Place): Promise<Record<string, Runner>> {
  const runners: Record<string, Runner> = {}
  for (const entrant of entrants) {
    const server = await entrant.start(place)
    await ask(server.url, entrant.register)
    // Throws at once when the responses are wrong.
    await logIn(entrant, server)
    runners[entrant.name] = { entrant, server }
  }
  return runners
}

/** Closes generators and stops servers when the work is done or has failed. */
export async function withGenerator<T>(
  options: Parameters<typeof createGenerator>[0],
  work: (generator: Generator) => Promise<T>
): Promise<T> {
  const generator = createGenerator(options)
  try {
    return await work(generator)
  } finally {
    generator.close()
  }
}

/** The request for the account, with a newly issued token. */
export const freshMe = ({ entrant, server }: Runner): Promise<HttpRequest> => logIn(entrant, server)

const isDefined = <T>(value: T | undefined): value is T => value !== undefined

export const perSecondLine = (key: string, what: string, results: RateResult[]): Line =>
  line(
    key,
    what,
    '1/s',
    results.map(({ perSecond }) => perSecond)
  )

/**
 * Names the entrants that left part of their core idle. The load generator or the machine was their limit, so the ratio
 * flatters the server compared with them.
 */
export function idleNotes(measured: Record<string, RateResult[]>): string[] {
  return Object.entries(measured).flatMap(([name, results]) => {
    const busy = results.map(result => result.busy).filter(isDefined)
    const least = Math.min(...busy)
    return busy.length > 0 && least < 0.9
      ? [
          `${name} used only ${Math.round(least * 100)} % of its core in one round, so the load or the machine was the limit.`
        ]
      : []
  })
}

/** Successes per second of processor time, which other load on the machine disturbs less; none where unknown. */
export function perCpuSecond(results: RateResult[]): number[] | undefined {
  const values = results.map(result => result.perCpuSecond).filter(isDefined)
  return values.length === results.length ? values : undefined
}

export const shown = ({ perSecond }: RateResult) =>
  `${perSecond.toLocaleString('en', { maximumFractionDigits: perSecond < 100 ? 1 : 0 })}/s`

import { type Entrant, logIn, type Place } from '../entrants/entrant.ts'
import { createGenerator, type Generator } from '../load/generator.ts'
import type { RunningServer } from '../processes.ts'
import { ask, type HttpRequest } from '../request.ts'

export interface Runner {
  entrant: Entrant
  server: RunningServer
}

/** Starts every entrant and creates the account there. */
export async function startAll(entrants: Entrant[], place: Place): Promise<Runner[]> {
  const runners: Runner[] = []
  for (const entrant of entrants) {
    const server = await entrant.start(place)
    await ask(server.url, entrant.register)
    // Throws at once when the responses are wrong.
    await logIn(entrant, server)
    runners.push({ entrant, server })
  }
  return runners
}

export const stopEach = (started: { stop(): Promise<void> }[]) => Promise.all(started.map(({ stop }) => stop()))

/** Closes generators when the work is done or has failed. */
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

import { apart } from '../cores.ts'
import { startBareFastify } from '../entrants/ceilings.ts'
import { sallyport } from '../entrants/sallyport.ts'
import type { RateJob } from '../load/jobs.ts'
import type { RunningServer } from '../processes.ts'
import { ask, type HttpRequest } from '../request.ts'
import { contest, onOneCore } from './contest.ts'
import { freshMe, type Runner, startAll, stopEach } from './field.ts'
import { atLeast, type Figure, type Goal } from './figure.ts'

const connections = 32
const goals: Record<string, Goal> = {
  fastapi: atLeast(19, 27),
  express: atLeast(19, 27),
  'better-auth': atLeast(45, 65)
}

/** `GET /users/me`: the request that every API makes most often. */
export const me: Figure = {
  name: 'me',
  title: 'GET /users/me',
  async measure(bench) {
    const { seconds, peers, against, folder } = bench
    const cores = apart(1)
    const place = { folder: folder(), cores: cores.server }
    const runners = await startAll([sallyport, ...against, ...peers], place)
    const own = runners[0] as Runner
    const request = await freshMe(own)
    const { json } = await ask(own.server.url, request)
    const bare = await startBareFastify(place, { account: json })
    if ((await ask(bare.url, request)).text !== JSON.stringify(json)) throw new Error('Bare Fastify answers otherwise')
    const job = ({ url, pid }: RunningServer, request: HttpRequest): RateJob => {
      return { kind: 'rate', url, pid, connections, seconds, requests: [request], ownsCore: cores.load !== undefined }
    }
    // Bare Fastify comes first, so that it is not idle before its load.
    const ceiling = { name: 'bare', title: 'bare Fastify', goal: atLeast(0.75, 0.85) }
    const { lines, notes } = await contest(
      bench,
      [
        { ...ceiling, job: async () => job(bare, request) },
        ...runners.map(runner => {
          const { name, title } = runner.entrant
          return { name, title, goal: goals[name], job: async () => job(runner.server, await freshMe(runner)) }
        })
      ],
      onOneCore()
    )
    await stopEach([bare, ...runners.map(({ server }) => server)])
    return { lines, notes: [`${connections} connections, one account, one token a round.`, ...notes] }
  }
}

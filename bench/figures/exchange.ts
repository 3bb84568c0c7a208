import { apart } from '../cores.ts'
import { type Answers, startBareFastify } from '../entrants/ceilings.ts'
import { asTokenServer, sallyport } from '../entrants/sallyport.ts'
import { type OAuth, settings, type TokenServer } from '../entrants/token-server.ts'
import type { RateJob } from '../load/jobs.ts'
import { databaseOf } from '../postgres.ts'
import type { RunningServer } from '../processes.ts'
import { type Answer, ask, type HttpRequest } from '../request.ts'
import { type Contestant, contest, onOneCore } from './contest.ts'
import { stopEach } from './field.ts'
import { atLeast, type Bench, type Goal, type Line, labelled } from './figure.ts'

/** A running token server. */
export interface Runner {
  entrant: TokenServer
  server: RunningServer
  oauth: OAuth
}

/** The requests of the clients of a server, in turn, and their response. */
interface Load extends Pick<RateJob, 'refreshTokens'> {
  requests: [HttpRequest, ...HttpRequest[]]
  answer: Answer
}

/** A request that is measured at every server that has it. */
export interface Exchange {
  kind: keyof OAuth
  /** Checks the response, and resolves to the load of a round; to undefined when the server has no such request. */
  load(runner: Runner, clients: number): Promise<Load | undefined>
  /** The answers with which bare Fastify sends the same. */
  sameAs(answer: Answer): Answers
  /** The goal of Sallyport's rate divided by that of bare Fastify. */
  goal?: Goal
  /** Its name, where a figure has several. */
  label?: string
  /** For Sallyport, as in `Contestant`. The measurement of every server begins when this work would be part of it. */
  worksLater?: Contestant['worksLater']
}

/** The database that the servers share the core with, if any, and what is measured beside the servers. */
interface Beside {
  databaseUrl?: string
  ceiling?: (clients: number) => Contestant
}

/**
 * Measures exchanges at Sallyport, at the other commits and, on SQLite, at the peers, next to bare Fastify: all on one
 * core.
 */
export async function measureExchanges(
  bench: Bench,
  exchanges: Exchange[],
  { databaseUrl, ceiling }: Beside = {}
): Promise<{ lines: Line[]; notes: string[] }> {
  const { against, tokenServers, isSmoke, seconds, folder } = bench
  const cores = apart(1)
  const clients = isSmoke ? 4 : 32
  // Beside PostgreSQL, the load must leave part of its core to it.
  const ownsCore = cores.load !== undefined && databaseUrl === undefined
  const newPlace = (env: Record<string, string>) => {
    return { folder: folder(), cores: cores.server, env: { ...settings, ...env } }
  }
  const runners: Runner[] = []
  const peers = databaseUrl === undefined ? tokenServers : []
  for (const entrant of [...[sallyport, ...against].map(asTokenServer), ...peers]) {
    const env = databaseUrl && { DATABASE_URL: await databaseOf(entrant.name, databaseUrl) }
    const server = await entrant.start(newPlace(env || {}))
    runners.push({ entrant, server, oauth: await entrant.setUp(server) })
  }

  async function measure({ kind, load, sameAs, goal, worksLater }: Exchange) {
    const jobOf = ({ url, pid }: RunningServer, { requests, refreshTokens }: Load): RateJob => {
      const about = { connections: clients, seconds, warmUp: worksLater, requests, ownsCore }
      return { kind: 'rate', url, pid, ...about, ...(refreshTokens && { refreshTokens }) }
    }
    const contestants: Contestant[] = []
    const samples: Load[] = []
    const about: string[] = []
    for (const runner of runners) {
      const { entrant, server } = runner
      const sample = await load(runner, clients)
      const difference = sample ? entrant.differs[kind] : 'has no such request'
      if (difference) about.push(`${entrant.title} ${difference}.`)
      if (!sample) continue
      samples.push(sample)
      const job = async () => jobOf(server, (await load(runner, clients)) as Load)
      contestants.push({ ...(peers.includes(entrant) ? { goal: atLeast(1, 1.5) } : { worksLater }), ...entrant, job })
    }
    const own = samples[0] as Load
    const bare = await startBareFastify(newPlace({}), sameAs(own.answer))
    const { status, text } = await ask(bare.url, own.requests[0])
    if (status !== own.answer.status || text !== own.answer.text)
      throw new Error(`Bare Fastify answers otherwise: ${text}`)
    // First, so that it is not idle before its load.
    contestants.unshift({ name: 'bare', title: 'bare Fastify', goal, job: async () => jobOf(bare, own) })
    if (ceiling) contestants.push(ceiling(clients))
    const { lines, notes } = await contest(bench, contestants, onOneCore())
    await bare.stop()
    return { lines, notes, about }
  }

  const lines: Line[] = []
  const notes: string[] = []
  const about = new Set<string>()
  for (const exchange of exchanges) {
    const { label } = exchange
    const result = await measure(exchange)
    lines.push(...result.lines.map(each => (label ? labelled(each, label) : each)))
    notes.push(...result.notes.map(note => (label ? `${label}: ${note}` : note)))
    for (const each of result.about) about.add(each)
  }
  await stopEach(runners.map(({ server }) => server))
  return { lines, notes: [`${clients} connections.`, ...about, ...notes] }
}

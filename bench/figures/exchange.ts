import { type Answers, startBareFastify } from '../entrants/ceilings.ts'
import type { OAuth } from '../entrants/token-server.ts'
import type { RateJob } from '../load/jobs.ts'
import type { RunningServer } from '../processes.ts'
import { type Answer, ask, type HttpRequest } from '../request.ts'
import { type Contestant, contest } from './contest.ts'
import { atLeast, type Bench, type Goal, type Line } from './figure.ts'
import type { Runner, TokenField } from './token-field.ts'

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

/** The requests of the clients of a server, in turn, and their response. */
export interface Load extends Pick<RateJob, 'refreshTokens'> {
  requests: [HttpRequest, ...HttpRequest[]]
  answer: Answer
}

/** Measures exchanges with the servers of a field, next to bare Fastify and `others`, and stops them. */
export async function measureExchanges(
  bench: Bench,
  field: TokenField,
  exchanges: Exchange[],
  others: Contestant[] = []
): Promise<{ lines: Line[]; notes: string[] }> {
  const lines: Line[] = []
  const about: string[] = []
  const notes: string[] = []
  for (const exchange of exchanges) {
    const { label } = exchange
    const result = await measureExchange(bench, field, exchange, others)
    lines.push(...result.lines.map(each => (label ? labelled(each, label) : each)))
    about.push(...result.about)
    notes.push(...result.notes.map(note => (label ? `${label}: ${note}` : note)))
  }
  await Promise.all(field.runners.map(({ server }) => server.stop()))
  return { lines, notes: [`${field.clients} connections.`, ...new Set(about), ...notes] }
}

const labelled = (line: Line, label: string): Line => {
  return { ...line, key: `${label}-${line.key}`, what: `${label}: ${line.what}` }
}

async function measureExchange(
  bench: Bench,
  { place, runners, clients, ownsCore }: TokenField,
  { kind, load, sameAs, goal, worksLater }: Exchange,
  others: Contestant[]
) {
  const jobOf = ({ url, pid }: RunningServer, { requests, refreshTokens }: Load, connections = clients): RateJob => {
    const { seconds } = bench
    const tokens = refreshTokens && { refreshTokens }
    const about = { connections, seconds, warmUp: worksLater, requests, ownsCore }
    return { kind: 'rate', url, pid, ...about, ...tokens }
  }
  const contestants: Contestant[] = []
  const samples: Load[] = []
  const about: string[] = []
  for (const runner of runners) {
    const { entrant, server } = runner
    const sample = await load(runner, clients)
    if (!sample) {
      about.push(`${entrant.title} has no such request.`)
      continue
    }
    samples.push(sample)
    const difference = entrant.differs[kind]
    if (difference) about.push(`${entrant.title} ${difference}.`)
    const connections = entrant.connections?.[kind]
    if (connections) about.push(`${entrant.title} has ${connections} connections.`)
    const job = async () => jobOf(server, (await load(runner, clients)) as Load, connections)
    const isPeer = bench.tokenServers.includes(entrant)
    contestants.push({ ...(isPeer ? { goal: atLeast(1, 1.5) } : { worksLater }), ...entrant, job })
  }
  const own = samples[0] as Load
  const bare = await startBareFastify(place, sameAs(own.answer))
  const { status, text } = await ask(bare.url, own.requests[0])
  if (status !== own.answer.status || text !== own.answer.text)
    throw new Error(`Bare Fastify answers otherwise: ${text}`)
  // First, so that it is not idle before its load.
  contestants.unshift({ name: 'bare', title: 'bare Fastify', goal, job: async () => jobOf(bare, own) })
  const { lines, notes } = await contest(bench, [...contestants, ...others])
  await bare.stop()
  return { lines, notes, about }
}

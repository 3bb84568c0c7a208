import type { Entrant } from '../entrants/entrant.ts'
import { createAccounts } from '../entrants/many-accounts.ts'
import { sallyport } from '../entrants/sallyport.ts'
import { assertStatuses } from '../load/generator.ts'
import type { RateJob } from '../load/jobs.ts'
import { startNetwork } from '../network.ts'
import { atPort, databaseOf, withPostgres } from '../postgres.ts'
import type { RunningServer } from '../processes.ts'
import { postForm } from '../request.ts'
import { inRounds } from '../rounds.ts'
import { spread } from '../stats.ts'
import { type Contestant, contest, type Measured } from './contest.ts'
import { stopEach, withGenerator } from './field.ts'
import { atLeast, atMost, type Bench, type Figure, type Line, labelled, line } from './figure.ts'

/** What the network between two nodes and PostgreSQL adds to each round trip: a second zone. */
const addedMs = 2
/** Hashes that cost little, and no limit that refuses registrations. */
const settings = {
  ISSUER: 'http://127.0.0.1:3000',
  BCRYPT_COST: '4',
  // Places for all clients in the hash queue of one node.
  HASH_CONCURRENCY: '8',
  UV_THREADPOOL_SIZE: '10'
}
const kinds = ['refresh', 'login'] as const

/** What two nodes do that are far from PostgreSQL, beside one that is near. */
export const scale: Figure = {
  name: 'scale',
  title: 'Several nodes on PostgreSQL',
  measure: bench => withPostgres(databaseUrl => compare(bench, databaseUrl))
}

async function compare(bench: Bench, databaseUrl: string) {
  const { rounds, seconds, against, isSmoke, folder, progress } = bench
  const clients = isSmoke ? 8 : 64
  const accounts = createAccounts(clients)
  const network = await startNetwork(Number(new URL(databaseUrl).port))
  const started: RunningServer[] = []

  /** Two nodes, one after the other; the first migrates the database. */
  async function startPair({ name, start }: Entrant): Promise<string[]> {
    const env = { ...settings, DATABASE_URL: atPort(await databaseOf(name, databaseUrl), network.port) }
    const pair = [await start({ folder: folder(), env }), await start({ folder: folder(), env })]
    started.push(...pair)
    const urls = pair.map(({ url }) => url)
    await accounts.register(urls[0] as string)
    return urls
  }
  /** Sets the delay, after new logins, which also wait for requests that were in flight. */
  async function newLogins(urls: string[], delay: number) {
    await network.add(0)
    const refreshTokens = await accounts.freshTokens(urls)
    await network.add(delay)
    return refreshTokens
  }
  const form = postForm('/token', { grant_type: 'refresh_token', refresh_token: '' })
  async function jobOf(kind: (typeof kinds)[number], urls: string[], delay: number): Promise<RateJob> {
    const refreshTokens = await newLogins(urls, delay)
    const job = { kind: 'rate', url: urls, connections: clients, seconds } as const
    if (kind === 'refresh') return { ...job, requests: [form], refreshTokens }
    return { ...job, requests: accounts.logIns, ownRequests: accounts.logIns }
  }

  const own = await startPair(sallyport)
  const others: { entrant: Entrant; urls: string[] }[] = []
  for (const entrant of against) others.push({ entrant, urls: await startPair(entrant) })
  const what = `2 nodes at ${addedMs} ms`
  const lines: Line[] = []
  let logins: Measured = new Map()
  for (const kind of kinds) {
    const contestants: Contestant[] = [
      { name: 'one', title: '1 node at 0 ms', goal: atLeast(0.7, 0.7), job: () => jobOf(kind, own.slice(0, 1), 0) },
      { name: sallyport.name, title: what, job: () => jobOf(kind, own, addedMs) },
      ...others.map(({ entrant: { name, title }, urls }) => {
        return { name, title: `${what}, ${title}`, job: () => jobOf(kind, urls, addedMs) }
      })
    ]
    const result = await contest(bench, contestants)
    const p99 = (result.measured.get(sallyport.name) ?? []).map(({ latency }) => latency.p99)
    const slowest = line('p99', `p99, ${what}`, 'ms', p99, atMost(150, 150))
    lines.push(...[...result.lines, slowest].map(each => labelled(each, kind)))
    logins = result.measured
  }

  const { median } = spread((logins.get(sallyport.name) ?? []).map(({ perSecond }) => perSecond))
  const { half = [] } = await withGenerator({}, load =>
    inRounds(['half'], rounds, async (_, round) => {
      await newLogins(own, addedMs)
      const job = { kind: 'probe', urls: own, requests: accounts.logIns, perSecond: median / 2 } as const
      const { statuses, p99 } = await load.run({ ...job, seconds: seconds * 2 })
      assertStatuses('login at half load', statuses)
      progress(`round ${round + 1}/${rounds}  half load  p99 ${p99.toFixed(0)} ms`)
      return p99
    })
  )
  lines.push(line('login-half', `login: p99, ${what}, half of their load`, 'ms', half, atMost(300, 150)))
  await stopEach([...started, network])
  return {
    lines,
    notes: [
      `${clients} clients in all, each with an account and a login of its own; bcrypt at cost 4; 10 connections a node.`,
      'Nodes, the proxy that delays, PostgreSQL and load share the cores of this machine.'
    ]
  }
}

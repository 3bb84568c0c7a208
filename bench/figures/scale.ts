import { assertStatuses, type Generator } from '../load/generator.ts'
import { sharedConnections } from '../pgbouncer.ts'
import { withPostgres } from '../postgres.ts'
import { postForm } from '../request.ts'
import { inRounds } from '../rounds.ts'
import { withGenerator } from './field.ts'
import type { Bench, Figure } from './figure.ts'
import { createAccounts } from './scale-accounts.ts'
import { type Subject, startField } from './scale-field.ts'
import { ceiling, type Kind, keyOf, kinds, lines, type Measured, points } from './scale-lines.ts'
import { nameOf, paths, reference, remotePair, setups } from './scale-plan.ts'

const titles = { refresh: 'Refresh grants', login: 'Password grants' }

/** The size of the pool of one node. */
const connections = 10

/** Without these, the lines cannot be computed; any other may fail and be left out. */
const needed = [ceiling, 'straight', 'against', nameOf(reference), nameOf(remotePair)]

/** The gain from more nodes on PostgreSQL, and the cost of a longer way to it. */
export const scale: Figure = {
  name: 'scale',
  title: 'Several nodes on PostgreSQL',
  measure: bench => withPostgres(databaseUrl => withGenerator({}, load => compare(bench, databaseUrl, load)))
}

async function compare(bench: Bench, databaseUrl: string, load: Generator) {
  const { rounds, seconds, against, isSmoke, isWide, progress } = bench
  const clients = isSmoke ? 8 : 64
  const accounts = createAccounts(clients)
  const { subjects, notes, stop } = await startField(bench, databaseUrl, accounts)
  const lost = new Map<string, string>()

  async function requests(kind: Kind, { urls, network, addedMs }: Subject): Promise<Measured> {
    // These logins also wait for requests that were in flight when the last measurement stopped.
    await network?.add(0)
    const refreshTokens = await accounts.freshTokens(urls)
    await network?.add(addedMs)
    const job = { kind: 'rate', url: urls, connections: clients, seconds } as const
    const form = postForm('/token', { grant_type: 'refresh_token', refresh_token: '' })
    const result = await load.run(
      kind === 'login'
        ? { ...job, requests: accounts.logIns, ownRequests: accounts.logIns }
        : { ...job, requests: [form], refreshTokens }
    )
    assertStatuses(kind, result.statuses)
    return result
  }

  /** The p99 of logins at half of the rate that the nodes reach. */
  async function atHalfLoad({ urls, network, addedMs }: Subject, { perSecond }: Measured): Promise<number> {
    await network?.add(0)
    // Waits for the logins that were in flight.
    await accounts.freshTokens(urls)
    await network?.add(addedMs)
    const job = { kind: 'probe', urls, requests: accounts.logIns, perSecond: perSecond / 2 } as const
    const { statuses, p99 } = await load.run({ ...job, seconds: seconds * 2 })
    assertStatuses('login at half load', statuses)
    return p99
  }

  const keys = new Map(
    kinds.flatMap(kind => [...subjects].map(([name, subject]) => [keyOf(kind, name), { kind, subject }]))
  )
  const results = await inRounds([ceiling, ...keys.keys()], rounds, async (key, round): Promise<Measured[]> => {
    if (lost.has(key)) return []
    const one = keys.get(key)
    try {
      const result = one
        ? await requests(one.kind, one.subject)
        : await load.run({ kind: 'updates', databaseUrl, clients, connections, seconds })
      progress(`round ${round + 1}/${rounds}  ${key}  ${result.perSecond.toFixed(0)}/s`)
      if (one && key === keyOf('login', nameOf(remotePair)))
        return [{ ...result, halfLoadP99: await atHalfLoad(one.subject, result) }]
      return [result]
    } catch (error) {
      if (needed.some(name => key.endsWith(name))) throw error
      lost.set(key, `${key} was left out: ${(error as Error).message}`)
      return []
    }
  })

  await stop()
  const measured = Object.fromEntries(Object.entries(results).map(([key, of]) => [key, of.flat()]))
  const planned = paths.flatMap(path => setups(path, isWide))
  return {
    lines: lines(measured, against?.title),
    grids: kinds.map(kind => ({
      title: `${titles[kind]} a second ÷ 1 node, 0 ms, direct`,
      points: points(measured, kind, planned)
    })),
    notes: [
      `${clients} clients in all, each with an account and a login of its own; ${seconds} s each; bcrypt at cost 4.`,
      `Each node has ${connections} connections. PgBouncer is beside PostgreSQL, in transaction mode, and has ` +
        `${sharedConnections} connections to it.`,
      'Nodes, proxy, PostgreSQL and load share the cores of this machine.',
      ...notes,
      ...lost.values()
    ]
  }
}

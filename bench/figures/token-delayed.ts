import type { Entrant } from '../entrants/entrant.ts'
import { createAccounts } from '../entrants/many-accounts.ts'
import { sallyport } from '../entrants/sallyport.ts'
import { startNetwork } from '../network.ts'
import { atPort, databaseOf, withPostgres } from '../postgres.ts'
import type { RunningServer } from '../processes.ts'
import { type Contestant, contest } from './contest.ts'
import { stopEach } from './field.ts'
import { atLeast, type Bench, type Figure, type Line, labelled } from './figure.ts'

const connections = 16
/** By how much a sync, or a round trip to the database, takes longer. */
const delaysMs = [5, 20]
const accounts = createAccounts(connections)
const slowSync = { NODE_OPTIONS: `--import=${new URL('../slow-sync.mjs', import.meta.url)}` }

/** Password grants that wait longer for the disk or for the database, while the cores could hash. */
export const tokenDelayed: Figure = {
  name: 'token-delayed',
  title: 'Password grants with a slow disk or a distant database',
  measure: bench => withPostgres(databaseUrl => compare(bench, databaseUrl))
}

async function compare(bench: Bench, databaseUrl: string) {
  // Two cores hash eight times a second, so a short measurement would count few.
  const seconds = bench.seconds * (bench.isSmoke ? 1 : 8)
  const entrants = [sallyport, ...bench.against]
  const network = await startNetwork(Number(new URL(databaseUrl).port))
  const lines: Line[] = []

  async function start(envOf: (name: string) => Promise<Record<string, string>>) {
    await network.add(0)
    const servers: RunningServer[] = []
    for (const entrant of entrants) {
      const env = await envOf(entrant.name)
      const server = await entrant.start({ folder: bench.folder(), env })
      await accounts.register(server.url)
      servers.push(server)
    }
    return servers
  }
  async function measure(label: string, servers: RunningServer[], addedMs: number) {
    await network.add(addedMs)
    const raw: Contestant = {
      name: 'raw',
      title: 'raw bcrypt',
      goal: atLeast(0.97, 0.98),
      job: async () => ({ kind: 'hashes', seconds })
    }
    const logIns = { requests: accounts.logIns, ownRequests: accounts.logIns }
    const own = servers.map(({ url, pid }, at): Contestant => {
      const { name, title } = entrants[at] as Entrant
      return { name, title, job: async () => ({ kind: 'rate', url, pid, connections, seconds, ...logIns }) }
    })
    lines.push(...(await contest(bench, [raw, ...own])).lines.map(each => labelled(each, label)))
  }

  for (const addedMs of delaysMs) {
    const servers = await start(async () => ({ ...slowSync, SYNC_DELAY_MS: String(addedMs) }))
    await measure(`a sync takes ${addedMs} ms longer`, servers, 0)
    await stopEach(servers)
  }
  const servers = await start(async name => ({
    DATABASE_URL: atPort(await databaseOf(name, databaseUrl), network.port)
  }))
  for (const addedMs of delaysMs) await measure(`PostgreSQL is ${addedMs} ms away`, servers, addedMs)
  await stopEach([...servers, network])
  return {
    lines,
    notes: [
      `${connections} clients that log in continuously, each to an account of its own; cost 12; both cores.`,
      'A slow sync is an `fdatasync` that is answered later; a distant PostgreSQL is behind a proxy.'
    ]
  }
}

import type { Entrant } from '../entrants/entrant.ts'
import { sallyport } from '../entrants/sallyport.ts'
import { type Network, startNetwork } from '../network.ts'
import { hasPgBouncer, startPgBouncer } from '../pgbouncer.ts'
import { atPort, createDatabase } from '../postgres.ts'
import type { RunningServer } from '../processes.ts'
import type { Bench } from './figure.ts'
import type { Path } from './scale-plan.ts'

/** Hashes that cost little. */
const settings = {
  ISSUER: 'http://127.0.0.1:3000',
  BCRYPT_COST: '4',
  // Places for all clients in the hash queue of one node.
  HASH_CONCURRENCY: '8',
  UV_THREADPOOL_SIZE: '10'
}

/** Running nodes, and the network between them and the database; without one they are connected straight to it. */
export interface Nodes {
  urls: string[]
  network?: Network
  stop(): Promise<void>
}

/** Starts nodes one after the other; the first migrates the database. */
async function startNodes(count: number, databaseUrl: string, { folder }: Bench, entrant = sallyport) {
  const env = { ...settings, DATABASE_URL: databaseUrl }
  const nodes: RunningServer[] = []
  for (let i = 0; i < count; i++) nodes.push(await entrant.start({ folder: folder(), env }))
  return { urls: nodes.map(({ url }) => url), stop: () => stopEach(nodes) }
}

export const stopEach = async (started: { stop(): Promise<void> }[]) => {
  await Promise.all(started.map(({ stop }) => stop()))
}

/** A node without a network between. */
export const startStraight = (databaseUrl: string, bench: Bench, entrant?: Entrant): Promise<Nodes> =>
  startNodes(1, databaseUrl, bench, entrant)

/** The same of another commit, on a database of its own, since its tables may differ. */
export const startAgainst = async (databaseUrl: string, bench: Bench, other: Entrant) =>
  startStraight(await createDatabase(databaseUrl, 'against'), bench, other)

/** Starts `count` nodes on this path, with a network before PostgreSQL or before PgBouncer. */
export async function startOnPath(path: Path, count: number, databaseUrl: string, bench: Bench) {
  if (path === 'PgBouncer' && !hasPgBouncer()) throw new Error('it is not installed')
  const pooler = path === 'PgBouncer' ? await startPgBouncer(databaseUrl) : undefined
  const network = await startNetwork(pooler?.port ?? Number(new URL(databaseUrl).port))
  const nodes = await startNodes(count, atPort(databaseUrl, network.port), bench)
  async function stop() {
    await nodes.stop()
    await stopEach([network, ...(pooler ? [pooler] : [])])
  }
  return { network, urls: nodes.urls, stop }
}

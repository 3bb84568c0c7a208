import { apart } from '../cores.ts'
import type { Place } from '../entrants/entrant.ts'
import { asTokenServer, sallyport } from '../entrants/sallyport.ts'
import { type OAuth, settings, type TokenServer } from '../entrants/token-server.ts'
import { createDatabase } from '../postgres.ts'
import type { RunningServer } from '../processes.ts'
import type { Bench } from './figure.ts'

export interface Runner {
  entrant: TokenServer
  server: RunningServer
  oauth: OAuth
}

/** Running token servers on one core, Sallyport first, and the load on them. */
export interface TokenField {
  place: Place
  runners: Runner[]
  clients: number
  /** Whether the load has a core of its own. */
  ownsCore: boolean
}

/** Sallyport, and the other commit. */
export const ownTokenServers = ({ against }: Bench) => [sallyport, ...(against ? [against] : [])].map(asTokenServer)

/** Sallyport, the other commit, and the peers that issue tokens. */
export const allTokenServers = (bench: Bench) => [...ownTokenServers(bench), ...bench.tokenServers]

/** Starts the servers, which share the core with PostgreSQL if `databaseUrl` is given. */
export async function startTokenField(
  { isSmoke, folder }: Bench,
  servers: TokenServer[],
  databaseUrl?: string
): Promise<TokenField> {
  const cores = apart(1)
  const newPlace = (env?: Place['env']) => ({ folder: folder(), cores: cores.server, env: { ...settings, ...env } })
  async function database({ name }: TokenServer) {
    if (databaseUrl === undefined) return
    // Another commit has a database of its own, since its tables may differ.
    return { DATABASE_URL: name === 'against' ? await createDatabase(databaseUrl, name) : databaseUrl }
  }
  const runners: Runner[] = []
  for (const entrant of servers) {
    const server = await entrant.start(newPlace(await database(entrant)))
    runners.push({ entrant, server, oauth: await entrant.setUp(server) })
  }
  // Beside PostgreSQL, the load must leave part of its core to it.
  const ownsCore = cores.load !== undefined && databaseUrl === undefined
  return { place: newPlace(), runners, clients: isSmoke ? 4 : 32, ownsCore }
}

import { apart } from '../cores.ts'
import type { Place } from '../entrants/entrant.ts'
import { asTokenServer, sallyport } from '../entrants/sallyport.ts'
import { type OAuth, settings, type TokenServer } from '../entrants/token-server.ts'
import type { RunningServer } from '../processes.ts'
import type { Bench } from './figure.ts'

export interface Runner {
  entrant: TokenServer
  server: RunningServer
  oauth: OAuth
}

/** Running token servers on one core, the first of which is Sallyport, and what loads them. */
export interface TokenField {
  place: Place
  runners: Runner[]
  clients: number
  /** Whether the load has a core of its own. */
  ownsCore: boolean
}

/** Sallyport, the other commit, and the peers that issue tokens. */
export const allTokenServers = ({ against, tokenServers }: Bench) => [
  ...[sallyport, ...(against ? [against] : [])].map(asTokenServer),
  ...tokenServers
]

/** Starts the servers, which share the core with PostgreSQL if `databaseUrl` is given. */
export async function startTokenField(
  { isSmoke, folder }: Bench,
  servers: TokenServer[],
  databaseUrl?: string
): Promise<TokenField> {
  const cores = apart(1)
  const env = { ...settings, ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }) }
  const newPlace = () => ({ folder: folder(), cores: cores.server, env })
  const runners: Runner[] = []
  for (const entrant of servers) {
    const server = await entrant.start(newPlace())
    runners.push({ entrant, server, oauth: await entrant.setUp(server) })
  }
  // Beside PostgreSQL, the load must leave part of its core to it.
  const ownsCore = cores.load !== undefined && databaseUrl === undefined
  return { place: newPlace(), runners, clients: isSmoke ? 4 : 32, ownsCore }
}

import type { Network } from '../network.ts'
import { atPort, roundTripMs } from '../postgres.ts'
import type { Bench } from './figure.ts'
import type { Accounts } from './scale-accounts.ts'
import { type Nodes, startAgainst, startOnPath, startStraight, stopEach } from './scale-nodes.ts'
import { nameOf, paths, reference, setups } from './scale-plan.ts'

/** Nodes to measure, and the delay that their network adds to each round trip. */
export interface Subject extends Omit<Nodes, 'stop'> {
  addedMs: number
}

/** Running nodes by the name of their setup; and notes on setups that do not run, and on the network. */
export interface Field {
  subjects: Map<string, Subject>
  notes: string[]
  stop(): Promise<void>
}

/**
 * Starts all nodes on one PostgreSQL, with the `accounts`. The node `straight` has no network between; the node
 * `against`, of the other commit, has a database of its own.
 */
export async function startField(bench: Bench, databaseUrl: string, accounts: Accounts): Promise<Field> {
  const subjects = new Map<string, Subject>()
  const notes: string[] = []
  const started: Nodes[] = []
  const add = async (name: string, nodes: Nodes) => {
    await accounts.register(nodes.urls[0] as string)
    subjects.set(name, { ...nodes, addedMs: 0 })
    started.push(nodes)
  }
  bench.progress('starting nodes')
  await add('straight', await startStraight(databaseUrl, bench))
  if (bench.against) await add('against', await startAgainst(databaseUrl, bench, bench.against))
  for (const path of paths) {
    const planned = setups(path, bench.isWide)
    const most = Math.max(...planned.map(({ nodes }) => nodes))
    try {
      const nodesOnPath = await startOnPath(path, most, databaseUrl, bench)
      started.push(nodesOnPath)
      const { network, urls } = nodesOnPath
      // The setups that the goals compare come first, so that little time passes in between.
      for (const setup of new Map([...setups(path, false), ...planned].map(each => [nameOf(each), each])).values()) {
        const { nodes, addedMs } = setup
        subjects.set(nameOf(setup), { urls: urls.slice(0, nodes), network, addedMs })
      }
      if (path === 'direct') notes.push(await roundTripNote(network, databaseUrl, planned))
    } catch (error) {
      if (path === reference.path) throw error
      notes.push(`${path} was left out: ${(error as Error).message}`)
    }
  }
  return { subjects, notes, stop: () => stopEach(started) }
}

async function roundTripNote(network: Network, databaseUrl: string, planned: { addedMs: number }[]) {
  const measured: string[] = []
  for (const addedMs of new Set(planned.map(setup => setup.addedMs))) {
    await network.add(addedMs)
    measured.push(`${(await roundTripMs(atPort(databaseUrl, network.port))).toFixed(2)} ms with ${addedMs} ms added`)
  }
  return `A query that does nothing took ${measured.join(', ')}.`
}

/** How nodes reach PostgreSQL. */
export const paths = ['direct', 'PgBouncer'] as const
export type Path = (typeof paths)[number]

/** A number of nodes, and the milliseconds that the network adds to each of their requests to the database. */
export interface Setup {
  path: Path
  nodes: number
  addedMs: number
}

/** The setup by which all others are divided. */
export const reference: Setup = { path: 'direct', nodes: 1, addedMs: 0 }

/** The setup that has to do well: a second node, in another zone than the database. */
export const remotePair: Setup = { path: 'direct', nodes: 2, addedMs: 2 }

/** The two setups on a path that the goals compare; or every combination. */
export function setups(path: Path, isWide: boolean): Setup[] {
  if (!isWide) return [reference, remotePair].map(setup => ({ ...setup, path }))
  return [0, 1, 2, 5].flatMap(addedMs => [1, 2, 4].map(nodes => ({ path, nodes, addedMs })))
}

export const nameOf = ({ path, nodes, addedMs }: Setup) => `${path}, ${nodes} × ${addedMs} ms`

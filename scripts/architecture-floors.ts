/** A floor, or a part of one: a title, the rooms in it, and the columns and the row where it stands. */
export interface Floor {
  title: string
  note: string
  rooms: string[]
  look: 'apart' | 'box' | 'http' | 'rules' | 'store'
  left: number
  right: number
  row: number
}

const [left, middle, right] = [20, 650, 940]
const inAuth = (...names: string[]) => names.map(name => `src/auth/${name}`)

/** The floors, the highest first. Code imports only what is in its own part of a floor, or on a floor below. */
export const floors: Floor[] = [
  {
    title: 'Programs',
    note: 'the server, the commands, and what other programs import',
    rooms: [
      ...['src/cli.ts', 'src/index.ts', 'src/testing.ts'],
      ...['src/process', 'src/commands', 'src/embedding', 'src/testing']
    ],
    look: 'box',
    left,
    right: middle,
    row: 0
  },
  {
    title: 'Clients',
    note: 'in pages, phones and scripts',
    rooms: ['console', 'packages/client/src'],
    look: 'apart',
    left: middle + 30,
    right,
    row: 0
  },
  {
    title: 'HTTP',
    note: 'src/app.ts has one line for each plugin and route',
    rooms: ['src/app.ts', 'plugins/http', 'plugins', 'routes', 'src/pages'],
    look: 'http',
    left,
    right: middle,
    row: 1
  },
  {
    title: 'Verifier',
    note: 'in your APIs',
    rooms: ['src/verifier.ts', 'src/resource-server'],
    look: 'apart',
    left: middle + 30,
    right,
    row: 1
  },
  {
    title: 'Composition',
    note: 'builds the rules on the store; examines and moves in what others have built',
    rooms: ['src/wiring', 'src/doctor', 'src/transfer'],
    look: 'box',
    left,
    right: middle,
    row: 2
  },
  {
    title: 'Rules',
    note: 'src/auth: who may log in, what a token says, what is refused; no HTTP, no SQL',
    rooms: [
      ...inAuth('grants', 'tokens', 'dpop', 'login', 'sessions', 'passkeys', 'second-factor', 'identities'),
      ...inAuth('personal-tokens', 'clients', 'users', 'account', 'links', 'passwords', 'hashing', 'throttle'),
      ...inAuth('mail', 'keys', 'audit', 'extensions'),
      'src/auth'
    ],
    look: 'rules',
    left,
    right: middle,
    row: 3
  },
  {
    title: 'Store and settings',
    note: 'SQLite or PostgreSQL',
    rooms: ['src/store', 'src/config', 'src/texts', 'src/logging'],
    look: 'store',
    left,
    right: 450,
    row: 4
  },
  {
    title: 'Protocol',
    note: 'what the rules and the verifier both need',
    rooms: ['src/wire'],
    look: 'box',
    left: 480,
    right,
    row: 4
  },
  {
    title: 'Base',
    note: 'knows nothing of logins and tokens',
    rooms: ['src/base'],
    look: 'box',
    left,
    right,
    row: 5
  }
]

const isIn = (room: string, file: string) => file === room || file.startsWith(`${room}/`)

/** The floor of a file: that of the longest room which is the file, or a folder around it. Throws when there is none. */
function floorOf(file: string): Floor {
  const lengthIn = ({ rooms }: Floor) =>
    Math.max(0, ...rooms.filter(room => isIn(room, file)).map(({ length }) => length))
  const [found] = floors.filter(floor => lengthIn(floor) > 0).sort((a, b) => lengthIn(b) - lengthIn(a))
  if (!found) throw new Error(`${file} is in no room of scripts/architecture-floors.ts.`)
  return found
}

/** Which floors use which, of the imports by file. Throws for an import of a floor that is not below. */
function usesOf(imports: Map<string, string[]>): Map<Floor, Set<Floor>> {
  const uses = new Map(floors.map(floor => [floor, new Set<Floor>()]))
  for (const [file, names] of imports)
    for (const name of names.filter(name => imports.has(name))) {
      const [from, to] = [floorOf(file), floorOf(name)]
      if (from === to) continue
      if (to.row <= from.row)
        throw new Error(`${file} (${from.title}) imports ${name} (${to.title}), which is not below.`)
      uses.get(from)?.add(to)
    }
  return uses
}

/**
 * The pairs of floors of which one uses the other, of the imports by file, without those that follow from others.
 * Throws for an import of a floor that is not below, and for a room without a file.
 */
export function floorPairs(imports: Map<string, string[]>): [from: Floor, to: Floor][] {
  const uses = usesOf(imports)
  const files = [...imports.keys()]
  const empty = floors.flatMap(({ rooms }) => rooms.filter(room => !files.some(file => isIn(room, file))))
  if (empty.length > 0) throw new Error(`scripts/architecture-floors.ts names what does not exist: ${empty.join(' ')}`)
  const reaches = (from: Floor, to: Floor): boolean =>
    [...(uses.get(from) ?? [])].some(next => next === to || reaches(next, to))
  return [...uses].flatMap(([from, tos]) =>
    [...tos]
      .filter(to => ![...tos].some(next => next !== to && reaches(next, to)))
      .map((to): [Floor, Floor] => [from, to])
  )
}

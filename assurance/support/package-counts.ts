import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

interface Locked {
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  peerDependenciesMeta?: Record<string, { optional?: boolean }>
  os?: string[]
  cpu?: string[]
  libc?: string[]
}

const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Locked>
}

/** The folder that Node.js finds for the package `name` from the folder `from`, in the lock file. */
function found(from: string, name: string): string | undefined {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const path = join(at, 'node_modules', name)
    if (packages[path]) return path
    if (!at) return undefined
  }
}

/** Whether npm installs it on Linux with glibc on x64, as the figures of docs/evidence/dependencies.md have it. */
const fits = ({ os = ['linux'], cpu = ['x64'], libc = ['glibc'] }: Locked) =>
  os.includes('linux') && cpu.includes('x64') && libc.includes('glibc')

function neededBy({ dependencies, optionalDependencies, peerDependencies = {}, peerDependenciesMeta = {} }: Locked) {
  const peers = Object.keys(peerDependencies).filter(name => !peerDependenciesMeta[name]?.optional)
  return [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]
}

/**
 * The folders that npm installs for the packages `names`, themselves included, with the driver of SQLite for this
 * major version of Node.js.
 */
export function lockedPackages(names: string[], node = 22): string[] {
  const driver = node < 22 ? 'better-sqlite3-12' : 'better-sqlite3'
  const all = new Set<string>()
  function add(from: string, name: string) {
    const path = found(from, name === 'better-sqlite3' ? driver : name)
    if (path === undefined || all.has(path) || !fits(packages[path] as Locked)) return
    all.add(path)
    for (const next of neededBy(packages[path] as Locked)) add(path, next)
  }
  for (const name of names) add('', name)
  return [...all]
}

/** The packages whose licenses the build has put beside a bundle. */
export const bundledPackages = (licenses: string): string[] =>
  Array.from(readFileSync(join(root, licenses), 'utf8').matchAll(/^(@?[\w./-]+) \d\S* \(/gm), ([, name]) =>
    String(name)
  )

import { dirname } from 'node:path'
import { createFile, type File } from './file.ts'
import type { Random } from './torn.ts'

/** A change of names: each gets a file, a folder or nothing. The names of a rename change together. */
interface Renaming {
  time: number
  names: [path: string, entry: Entry | undefined][]
}

const folder = 'folder'
type Entry = File | typeof folder

/**
 * A disk and the cache of the system in front of it, with the files below the folder `root`, which is on the disk and
 * empty.
 *
 * The model of names is what ext4, XFS and btrfs have in common. A sync of a folder writes the names in it. A sync of a
 * file writes its own names, and those of new folders above it. Other names are on the disk in the order of their
 * changes, up to any of them.
 */
export function createDisk(root: string) {
  const cached = new Map<string, Entry>()
  const durable = new Map<string, Entry>()
  let renamings: Renaming[] = []
  let now = 0

  function set(names: Map<string, Entry>, [path, entry]: Renaming['names'][number]) {
    if (entry) names.set(path, entry)
    else names.delete(path)
  }

  function rename(...names: Renaming['names']) {
    for (const name of names) set(cached, name)
    renamings.push({ time: ++now, names })
  }

  /** Writes these changes, and drops earlier ones of the same names. */
  function settle(isMeant: (renaming: Renaming) => boolean) {
    const settled = renamings.filter(isMeant)
    for (const { time, names } of settled) {
      for (const name of names) set(durable, name)
      const paths = new Set(names.map(([path]) => path))
      for (const earlier of renamings)
        if (earlier.time < time) earlier.names = earlier.names.filter(([path]) => !paths.has(path))
    }
    renamings = renamings.filter(renaming => !settled.includes(renaming) && renaming.names.length > 0)
  }

  function settleFile(path: string, file: Entry, begun: number) {
    const isMeant = ([name, entry]: Renaming['names'][number]) => entry === file && cached.get(name) === file
    settle(({ time, names }) => time <= begun && names.some(isMeant))
    for (let above = dirname(path); above.startsWith(`${root}/`); above = dirname(above))
      settle(({ time, names }) => time <= begun && names.some(([name]) => name === above))
  }

  const fileAt = (path: string) => {
    const entry = cached.get(path)
    if (!entry || entry === folder) throw new Error(`The trace has no file ${path}`)
    return entry
  }
  const contents = (names: Map<string, Entry>, read: (file: File) => Buffer) =>
    [...names].flatMap(([path, entry]) => {
      for (let above = dirname(path); above.startsWith(`${root}/`); above = dirname(above))
        if (names.get(above) !== folder) return []
      return entry === folder ? [] : [[path, read(entry)] as const]
    })

  return {
    has: (path: string) => cached.has(path),
    create: (path: string) => rename([path, createFile()]),
    makeFolder: (path: string) => rename([path, folder]),
    remove: (path: string) => rename([path, undefined]),
    link: (from: string, to: string) => rename([to, fileAt(from)]),
    rename: (from: string, to: string) => rename([from, undefined], [to, fileAt(from)]),
    write: (path: string, offset: number, data: Buffer) => fileAt(path).write(++now, offset, data),
    resize: (path: string, size: number) => fileAt(path).resize(++now, size),
    read: (path: string) => fileAt(path).cached(),

    /** A sync that begins now. It writes what has changed before, once it is known to have succeeded. */
    beginSync(path: string) {
      const begun = now
      const entry = path === root ? folder : cached.get(path)
      return (hasSucceeded: boolean) => {
        if (entry !== folder && !hasSucceeded) entry?.failSync(begun)
        if (!entry || !hasSucceeded) return
        if (entry === folder)
          return settle(({ time, names }) => time <= begun && names.some(([name]) => dirname(name) === path))
        entry.sync(begun)
        settleFile(path, entry, begun)
      }
    },

    /** The files as every process reads them. */
    cached: () => contents(cached, file => file.cached()),
    /** The files that are left after a power cut: those that are surely there. */
    durable: () => contents(durable, file => file.durable()),
    /** The same, with a part of what was on its way to the disk. */
    torn(random: Random) {
      const names = new Map(durable)
      for (const { names: changed } of renamings.slice(0, random.below(renamings.length + 1)))
        for (const name of changed) set(names, name)
      return contents(names, file => file.torn(random))
    }
  }
}

export type Disk = ReturnType<typeof createDisk>

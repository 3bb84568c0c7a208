import { lstatSync, readlinkSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { CommandError } from '../base/errors.ts'
import { visible } from '../base/visible.ts'
import { isVariable, read } from '../config/variables.ts'
import { containerAt, type Invocation, programHere, shellWord } from './invocation.ts'

/**
 * Throws a CommandError when root runs the command with `args` on `file`, and the file, a folder above it or a link on
 * the way belongs to another user: that user can lead root to any file, and SQLite deletes files that a journal names.
 * The message has the command for that user. What is below a folder that only root can enter, as with systemd's
 * DynamicUser, is accepted.
 */
export function refuseRoot(file: string | undefined, args: string[], place: Invocation) {
  if (file === undefined || process.getuid?.() !== 0) return
  const foreign = partsOf(resolve(file)).findLast(({ uid }) => uid !== 0)
  if (foreign === undefined) return
  const { path, uid, gid } = foreign
  const user = nameOf(uid)
  const variables = Object.keys(place.env).filter(isVariable)
  const kept = variables.length > 0 ? [`--preserve-env=${variables.join(',')}`] : []
  const line = ['sudo', '-u', shellWord(user), ...kept, programHere(place), ...args.map(shellWord)].join(' ')
  const instead = place.pid === 1 || containerAt(place) ? `run it in the container with --user ${uid}:${gid}` : line
  throw new CommandError(`${visible(path)} belongs to ${user}, so root does not open it. Instead: ${instead}`)
}

interface Part {
  path: string
  uid: number
  gid: number
}

/**
 * The folders, links and files that exist on the way to the absolute `path`, and to where the links lead, up to a
 * folder that only root can enter.
 */
function partsOf(path: string, links = 0): Part[] {
  const parts: Part[] = []
  for (const part of wayTo(path)) {
    const stats = lstatSync(part, { throwIfNoEntry: false })
    if (stats === undefined) return parts
    const { uid, gid, mode } = stats
    parts.push({ path: part, uid, gid })
    // Linux follows as many links.
    if (stats.isSymbolicLink() && links < 40) {
      const target = resolve(dirname(part), readlinkSync(part), relative(part, path))
      return [...parts, ...partsOf(target, links + 1)]
    }
    if (!stats.isDirectory() || (uid === 0 && (mode & 0o011) === 0)) return parts
  }
  return parts
}

/** The folders down to `path`, which is the last. */
const wayTo = (path: string): string[] => (path === dirname(path) ? [path] : [...wayTo(dirname(path)), path])

/** The user's name or, without one, the number as sudo reads it. */
function nameOf(uid: number) {
  const rows = read('/etc/passwd', () => {})?.split('\n') ?? []
  return rows.map(row => row.split(':')).find(([, , id]) => id === String(uid))?.[0] ?? `#${uid}`
}

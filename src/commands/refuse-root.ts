import { existsSync, lstatSync, realpathSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isVariable, read } from '../config/variables.ts'
import { CommandError } from '../errors.ts'
import { containerAt, type Invocation, programHere, shellWord } from './invocation.ts'

/**
 * Throws a CommandError when root runs the command with `args` on `file`, and another user owns its folder or, in a folder of
 * root, the file: that user can replace any path in the folder with a link, and SQLite deletes files that a journal
 * names. The message has the command for that user. A folder that only root can enter, as with systemd's DynamicUser,
 * is accepted.
 */
export function refuseRoot(file: string | undefined, args: string[], place: Invocation) {
  if (file === undefined || process.getuid?.() !== 0) return
  const folder = realpathSync(existing(dirname(resolve(file))))
  const isOwn = statSync(folder).uid === 0
  const path = isOwn && existsSync(file) && lstatSync(file).isFile() ? file : folder
  const { uid, gid } = statSync(path)
  if (uid === 0 || wayTo(folder).some(isClosed)) return
  const user = nameOf(uid)
  const variables = Object.keys(place.env).filter(isVariable)
  const kept = variables.length > 0 ? [`--preserve-env=${variables.join(',')}`] : []
  const line = ['sudo', '-u', shellWord(user), ...kept, programHere(place), ...args.map(shellWord)].join(' ')
  const instead = place.pid === 1 || containerAt(place) ? `run it in the container with --user ${uid}:${gid}` : line
  throw new CommandError(`${path} belongs to ${user}, so root does not open it. Instead: ${instead}`)
}

/** The path, or the next folder above it that exists. */
const existing = (path: string): string => (existsSync(path) ? path : existing(dirname(path)))

/** The folders down to `path`, which is the last. */
const wayTo = (path: string): string[] => (path === dirname(path) ? [path] : [...wayTo(dirname(path)), path])

/** Whether only root can pass the folder. */
function isClosed(folder: string) {
  const { uid, mode } = statSync(folder)
  return uid === 0 && (mode & 0o011) === 0
}

/** The user's name or, without one, the number as sudo reads it. */
function nameOf(uid: number) {
  const rows = read('/etc/passwd', () => {})?.split('\n') ?? []
  return rows.map(row => row.split(':')).find(([, , id]) => id === String(uid))?.[0] ?? `#${uid}`
}

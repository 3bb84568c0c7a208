import { existsSync, lstatSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * If root runs this, the process acts as the owner of the folder of `file`, or of the file if the folder is root's,
 * until the returned function is called. The owner can replace any path in the folder with a link, and SQLite deletes
 * files that a journal names; neither may reach further than the owner does. Root stays root where the owner cannot
 * enter the folder, as with systemd's DynamicUser.
 */
export function actAsOwner(file: string | undefined): () => void {
  if (file === undefined || process.geteuid?.() !== 0) return () => {}
  const { uid, gid } = ownerOf(file)
  if (uid === 0) return () => {}
  const { getegid, getgroups, seteuid, setegid, setgroups } = process as Required<typeof process>
  const [group, groups] = [getegid(), getgroups()]
  function stop() {
    seteuid(0)
    setegid(group)
    setgroups(groups)
  }
  setgroups([])
  setegid(gid)
  seteuid(uid)
  try {
    statSync(`${existing(dirname(resolve(file)))}/.`)
  } catch {
    stop()
  }
  return stop
}

/** Runs `work` as `actAsOwner` has it. */
export async function asOwner<T>(file: string | undefined, work: () => Promise<T>): Promise<T> {
  const stop = actAsOwner(file)
  try {
    return await work()
  } finally {
    stop()
  }
}

/** Who owns a file that root creates at `file`: see `actAsOwner`. */
export function ownerOf(file: string): { uid: number; gid: number } {
  const folder = statSync(existing(dirname(resolve(file))))
  const found = existsSync(file) ? lstatSync(file) : undefined
  return folder.uid === 0 && found?.isFile() ? found : folder
}

/** The folder, or the next one above it that exists. */
const existing = (path: string): string => (existsSync(path) ? path : existing(dirname(path)))

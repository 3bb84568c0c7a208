import { lstatSync, type Stats, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * If root runs this, the process acts as the owner of the folder of `database`, or of the file if the folder is root's,
 * until the returned function is called. The owner can replace any path in the folder with a link at any moment, and a
 * link must lead root nowhere that the owner cannot reach.
 */
export function actAsOwner(database: string): () => void {
  const { uid, gid } = ownerOf(database)
  if (process.geteuid?.() !== 0 || uid === 0) return () => {}
  const { getegid, getgroups, seteuid, setegid, setgroups } = process as Required<typeof process>
  const [group, groups] = [getegid(), getgroups()]
  setgroups([])
  setegid(gid)
  seteuid(uid)
  return () => {
    seteuid(0)
    setegid(group)
    setgroups(groups)
  }
}

function ownerOf(database: string): Stats {
  const folder = existing(dirname(resolve(database)))
  const file = lstatSync(database, { throwIfNoEntry: false })
  return folder.uid === 0 && file?.isFile() ? file : folder
}

/** The folder, or the next one above it that exists. */
const existing = (folder: string): Stats => statSync(folder, { throwIfNoEntry: false }) ?? existing(dirname(folder))

import { existsSync, lstatSync, type Stats, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * If root runs this, the process acts as the owner of the folder of `file`, or of the file if the folder is root's, until
 * the returned function is called. The owner can replace any path in the folder with a link, and SQLite deletes files
 * that a journal names; neither may reach further than the owner does.
 */
export function actAsOwner(file: string | undefined): () => void {
  const { uid, gid } = file === undefined ? nobody : ownerOf(file)
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

const nobody = { uid: 0, gid: 0 }

function ownerOf(file: string): Stats {
  const folder = existing(dirname(resolve(file)))
  const found = existsSync(file) ? lstatSync(file) : undefined
  return folder.uid === 0 && found?.isFile() ? found : folder
}

/** The folder, or the next path above it that exists. */
const existing = (path: string): Stats => (existsSync(path) ? statSync(path) : existing(dirname(path)))

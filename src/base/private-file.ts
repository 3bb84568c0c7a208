import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, linkSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Creates the folder for a database and its secret (mode 0700), if it does not exist, with a `.gitignore` that keeps
 * them out of a repository. Leaves an existing folder as it is.
 */
export function makePrivateFolder(folder: string) {
  const isNew = mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined
  if (isNew) writeFileSync(join(folder, '.gitignore'), '*\n')
}

/**
 * Creates the file at `path` (mode 0600) and its folder, if they do not exist. Never opens an existing file: a process
 * that closes any descriptor of a database loses its locks on it (fcntl(2)), and another program could then remove the
 * log of a running server.
 */
export function makePrivateFile(path: string) {
  makePrivateFolder(dirname(path))
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    // A link to a file that does not exist.
    if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
  }
}

/**
 * Creates the file `path` (mode 0600) with this text. It has its whole text and is on disk before it gets its name, and
 * it never replaces a file or a link: one of several processes wins, and the others throw EEXIST. Throws the errors of
 * the file system.
 */
export function writeNewFile(path: string, text: string) {
  const draft = `${path}.partial-${randomBytes(6).toString('hex')}`
  try {
    writeFileSync(draft, text, { flag: 'wx', mode: 0o600, flush: true })
    linkSync(draft, path)
  } finally {
    rmSync(draft, { force: true })
  }
}

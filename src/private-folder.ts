import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Creates the folder for a database and its secret (mode 0700), if it does not exist, with a `.gitignore` that keeps
 * them out of a repository. Leaves an existing folder as it is.
 */
export function makePrivateFolder(folder: string) {
  const isNew = mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined
  if (isNew) writeFileSync(join(folder, '.gitignore'), '*\n')
}

import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  existsSync,
  fchownSync,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  type Stats,
  writeFileSync
} from 'node:fs'
import { basename, dirname, join } from 'node:path'

// When root runs a command in the folder of another user, what it creates there belongs to that user, whose server could
// not open it otherwise. That user can replace the folder, and everything in it, with a link at any moment. A path could
// therefore name something else the next time, while a descriptor stays what it was opened for.

/**
 * Creates the file at `path` (mode 0600), which must not exist, and returns its descriptor. If root runs this, the file
 * gets the owner and group of the folder. Throws the error of the system.
 */
export function createPrivateFile(path: string): number {
  return inFolder(dirname(path), (folder, owner) => {
    const file = openSync(join(folder, basename(path)), 'wx', 0o600)
    if (owner) give(file, owner)
    return file
  })
}

/** Writes `text` to a new file as `createPrivateFile` does, and returns when it is on the disk. */
function writePrivateFile(path: string, text: string) {
  const file = createPrivateFile(path)
  try {
    writeFileSync(file, text, { flush: true })
  } finally {
    closeSync(file)
  }
}

/**
 * Creates the file at `path` with this text, as `createPrivateFile` does. It has its whole text and is on disk before it
 * gets its name, and it never replaces a file or a link: one of several processes wins, and the others throw EEXIST.
 */
export function writeNewFile(path: string, text: string) {
  const draft = `${path}.partial-${randomBytes(6).toString('hex')}`
  try {
    writePrivateFile(draft, text)
    linkSync(draft, path)
  } finally {
    rmSync(draft, { force: true })
  }
}

/**
 * Creates the folder for a database and its secret (mode 0700), if it does not exist, with a `.gitignore` that keeps
 * them out of a repository. Leaves an existing folder as it is.
 */
export function makePrivateFolder(folder: string) {
  if (makeFolder(folder)) writePrivateFile(join(folder, '.gitignore'), '*\n')
}

/**
 * Creates the file at `path` (mode 0600) and its folder, if they do not exist. Never opens an existing file: a process
 * that closes any descriptor of a database loses its locks on it (fcntl(2)), and another program could then remove the
 * log of a running server.
 */
export function makePrivateFile(path: string) {
  makePrivateFolder(dirname(path))
  try {
    closeSync(createPrivateFile(path))
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
    // A link to a file that does not exist.
    if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
  }
}

/** Whether the folder did not exist. */
function makeFolder(path: string): boolean {
  if (existsSync(path)) return false
  makeFolder(dirname(path))
  return inFolder(dirname(path), (parent, owner) => {
    const name = join(parent, basename(path))
    try {
      mkdirSync(name, 0o700)
    } catch (error) {
      // Another process has just made it.
      if (isCode(error, 'EEXIST')) return false
      throw error
    }
    if (owner) giveFolder(name, owner)
    return true
  })
}

/** Gives away the folder `name`, which root has just made, unless another one has taken its name. */
function giveFolder(name: string, owner: Stats) {
  const folder = openSync(name, constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    if (fstatSync(folder).uid === process.geteuid?.() && readdirSync(pathOf(folder)).length === 0) give(folder, owner)
  } finally {
    closeSync(folder)
  }
}

/** Runs `work` with a path of the folder; for root, with one that stays the same folder, and with its owner. */
function inFolder<T>(folder: string, work: (folder: string, owner?: Stats) => T): T {
  // Only Linux has paths of descriptors.
  if (process.geteuid?.() !== 0 || !existsSync(descriptors)) return work(folder)
  const descriptor = openSync(folder, constants.O_DIRECTORY)
  try {
    return naming(folder, pathOf(descriptor), held => work(held, fstatSync(descriptor)))
  } finally {
    closeSync(descriptor)
  }
}

/** Runs `work` with `held`; an error names `folder` in its place. */
function naming<T>(folder: string, held: string, work: (held: string) => T): T {
  try {
    return work(held)
  } catch (error) {
    const { message } = error as Error
    throw Object.assign(error as Error, { message: message.replaceAll(held, folder) })
  }
}

const descriptors = '/proc/self/fd'
const pathOf = (descriptor: number) => `${descriptors}/${descriptor}`

/** Does nothing where the system has no owners, or does not let this root change them. */
function give(descriptor: number, { uid, gid }: Stats) {
  try {
    fchownSync(descriptor, uid, gid)
  } catch {}
}

const isCode = (error: unknown, code: string) => (error as NodeJS.ErrnoException).code === code

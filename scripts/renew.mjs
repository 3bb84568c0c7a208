import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The new files on their way to their places. While it exists, another build waits. */
const under = join('dist', '.new')

/**
 * Replaces the files of a folder in `dist` by `files`, in their order: paths and contents. A running server notices
 * nothing: a path has its old file or its new one, never a part of it and never none. The files that are left over are
 * deleted at the end, unless `isKept`.
 */
export function renew(folder, files, isKept = () => false) {
  mkdirSync(folder, { recursive: true })
  takeTurn()
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    const old = entries.filter(entry => !entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name))
    for (const [path, contents] of files) {
      const written = join(under, 'file')
      writeFileSync(written, contents)
      mkdirSync(dirname(path), { recursive: true })
      renameSync(written, path)
    }
    const paths = new Set(files.map(([path]) => path))
    for (const path of old)
      if (!paths.has(path) && !path.startsWith(under) && !isKept(path)) rmSync(path, { force: true })
  } finally {
    rmSync(under, { recursive: true })
  }
}

/** Waits for the folder of another build, which is there for less than a second unless that build was killed. */
function takeTurn() {
  for (let tries = 1; ; tries++) {
    try {
      return mkdirSync(under)
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (tries % 500 === 0) rmSync(under, { recursive: true, force: true })
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
  }
}

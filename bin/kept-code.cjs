'use strict'
const {
  closeSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync
} = require('node:fs')
const { createRequire } = require('node:module')
const { basename, dirname, join } = require('node:path')
const { cachedDataVersionTag } = require('node:v8')
const { Script } = require('node:vm')

/**
 * Loads the program in `file` with the code that V8 compiled at an earlier start, from `folder`. The file is a function
 * around a CommonJS module, and the hash of the module. `keep` in the result writes the code when the process ends,
 * unless it was read. V8 would run whatever stands there unseen, so nothing is read or written where another user could
 * write. Unlike `module.enableCompileCache`, this works on Node.js 20.
 */
exports.loadProgram = (file, folder) => {
  const text = read(file).toString('latin1')
  // V8 itself compares only the length of the text. The tag is of its version, its options and the processor.
  const kept = join(folder, `${text.slice(-64)}-${cachedDataVersionTag()}`)
  const cachedData = isPrivate(folder) ? readIfThere(kept) : undefined
  const script = new Script(text, { filename: file, lineOffset: -1, cachedData })
  const loaded = { exports: {} }
  script.runInThisContext()(loaded.exports, createRequire(file), loaded, file, dirname(file))
  const isKept = cachedData !== undefined && !script.cachedDataRejected
  return {
    program: loaded.exports,
    keep: () => void (isKept || process.once('exit', () => write(folder, kept, () => script.createCachedData())))
  }
}

/**
 * Reads a file into a buffer that can be resized, which does not come from `malloc`: once glibc has freed a block of this
 * size, it keeps more of the memory that is freed later, 4 MB in an idle server.
 */
function read(file) {
  const descriptor = openSync(file)
  try {
    const { size } = fstatSync(descriptor)
    const bytes = Buffer.from(new ArrayBuffer(size, { maxByteLength: size }))
    readSync(descriptor, bytes)
    return bytes
  } finally {
    closeSync(descriptor)
  }
}

function readIfThere(file) {
  try {
    return read(file)
  } catch {
    return undefined
  }
}

function write(folder, file, codeOf) {
  const umask = process.umask(0o022)
  try {
    mkdirSync(folder, { recursive: true })
    if (!isPrivate(folder)) return
    const written = join(folder, `${process.pid}.new`)
    writeFileSync(written, codeOf())
    renameSync(written, file)
    // Those of earlier programs.
    for (const name of readdirSync(folder))
      if (!basename(file).startsWith(name.slice(0, 64))) rmSync(join(folder, name))
  } catch {
    // The folder cannot be written. The next start compiles the program again.
  } finally {
    process.umask(umask)
  }
}

/** Whether only this user or root can write the folder and its files, where users have numbers. */
function isPrivate(folder) {
  try {
    return [folder, ...readdirSync(folder).map(name => join(folder, name))].every(path => {
      const { uid, mode } = lstatSync(path)
      const own = process.getuid?.()
      return own === undefined || ((uid === own || uid === 0) && (mode & 0o022) === 0)
    })
  } catch {
    return false
  }
}

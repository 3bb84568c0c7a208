'use strict'
const { closeSync, fstatSync, openSync, readSync, rmSync, writeFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const { dirname } = require('node:path')
const { Script } = require('node:vm')
const { crc32 } = require('node:zlib')

// V8 compiles a function when it is first called, which takes a third of a start. What it has compiled is kept in a
// file beside the program.

/**
 * Runs the program in `file`, a CommonJS module inside the function that Node.js would put around it. Returns its
 * exports, and `keepCode`, which writes what V8 has compiled by then, unless it was read from the file.
 */
exports.load = file => {
  const codeFile = `${file}.code`
  const program = read(file)
  const programSum = crc32(program)
  const cachedData = readCode(codeFile, programSum)
  // As Latin-1, V8 would keep the program outside of its heap, and requests would take an eighth longer.
  const script = new Script(program.toString('utf8'), { filename: file, cachedData })
  // V8 rejects the code of other versions and flags of Node.js.
  const isRead = cachedData !== undefined && !script.cachedDataRejected
  const module = { exports: {} }
  script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file))
  return { ...module.exports, keepCode: () => isRead || writeCode(codeFile, script, programSum) }
}

/**
 * The code in `file`, if no other user could write it, and its checksum is right: V8 does not check that code is whole,
 * and of this program.
 */
function readCode(file, programSum) {
  try {
    const bytes = read(file, assertOwn)
    const code = bytes.subarray(0, -4)
    return bytes.readUInt32LE(code.length) === crc32(code, programSum) ? code : undefined
  } catch {
    // There is no such file, it is empty, or another user could write it.
  }
}

/** Throws unless only this user and root can write the file, where users have numbers. */
function assertOwn({ uid, mode }) {
  const own = process.getuid?.()
  if (own !== undefined && ((uid !== own && uid !== 0) || (mode & 0o022) !== 0)) throw new Error('It is not ours.')
}

function writeCode(file, script, programSum) {
  try {
    // Opened first, because making the code takes 30 ms. Another user may own the file that is there.
    rmSync(file, { force: true })
    const descriptor = openSync(file, 'wx', 0o644)
    try {
      const code = script.createCachedData()
      const sum = Buffer.alloc(4)
      sum.writeUInt32LE(crc32(code, programSum))
      writeFileSync(descriptor, Buffer.concat([code, sum]))
    } finally {
      closeSync(descriptor)
    }
  } catch {
    // The file cannot be written, or the disk is full. The next start takes longer.
  }
}

/**
 * The bytes of `file`, in a buffer that can be resized, because it does not come from `malloc`: once glibc has freed a
 * block of this size, it returns less of the memory that is freed later. `check` throws for a file that must not
 * be read.
 */
function read(file, check = () => {}) {
  const descriptor = openSync(file)
  try {
    const stats = fstatSync(descriptor)
    check(stats)
    const bytes = Buffer.from(new ArrayBuffer(stats.size, { maxByteLength: stats.size }))
    return bytes.subarray(0, readSync(descriptor, bytes, 0, stats.size, null))
  } finally {
    closeSync(descriptor)
  }
}

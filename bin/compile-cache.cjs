'use strict'
const { lstatSync, mkdirSync, readdirSync } = require('node:fs')
const { join } = require('node:path')

/**
 * Lets Node.js 22 and newer keep compiled code in `folder`, which takes a fifth off the startup time. Does nothing
 * where another user could write the code, which V8 would run unseen, and where this user can write none.
 */
exports.keepCompiledCode = (folder, { enableCompileCache } = require('node:module')) => {
  if (!enableCompileCache) return
  const umask = process.umask(0o022)
  try {
    mkdirSync(folder, { recursive: true })
    const paths = ['.', ...readdirSync(folder, { recursive: true })].map(name => join(folder, name))
    if (paths.every(isOurs)) enableCompileCache(folder)
  } catch {
    // The folder cannot be made or read. Node.js compiles the program again.
  } finally {
    process.umask(umask)
  }
}

/** Whether only this user or root can write the file or folder, where users have numbers. */
function isOurs(path) {
  const { uid, mode } = lstatSync(path)
  const own = process.getuid?.()
  return own === undefined || ((uid === own || uid === 0) && (mode & 0o022) === 0)
}

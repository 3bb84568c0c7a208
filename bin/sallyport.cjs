#!/usr/bin/env node
'use strict'
const { closeSync, existsSync, fstatSync, openSync, readSync } = require('node:fs')
const Module = require('node:module')
const { availableParallelism } = require('node:os')
const { join } = require('node:path')

// Passwords are hashed in libuv's thread pool, which has four threads by default and also serves file and DNS access.
// Its size is read once, before an ES module could set it; therefore this file is CommonJS.
process.env.UV_THREADPOOL_SIZE ??= String(Math.max(4, availableParallelism() + 2))

const program = join(__dirname, '../dist/bin/cli.cjs')
require('./stack-traces.cjs').nameSources(program)

// Only a clone of the repository may lack `dist`.
if (existsSync(program)) {
  require('./compile-cache.cjs').keepCompiledCode(join(__dirname, '../dist/bin/cache'))
  const { run } = load(program)
  run(process.argv.slice(2)).then(code => {
    process.exitCode = code
  })
} else {
  console.error('Sallyport has not been built. Run `npm ci && npm run build` first.')
  process.exitCode = 1
}

/**
 * Loads a module as `require` does, but reads it into a buffer that can be resized, which does not come from `malloc`:
 * once glibc has freed a block of this size, it keeps more of the memory that is freed later, 4 MB in an idle server.
 */
function load(file) {
  const descriptor = openSync(file)
  const { size } = fstatSync(descriptor)
  const bytes = Buffer.from(new ArrayBuffer(size, { maxByteLength: size }))
  readSync(descriptor, bytes)
  closeSync(descriptor)
  const loaded = new Module(file, module)
  Object.assign(loaded, { filename: file, paths: module.paths })
  loaded._compile(bytes.toString(), file)
  return loaded.exports
}

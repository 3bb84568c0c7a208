#!/usr/bin/env node
'use strict'
const { existsSync } = require('node:fs')
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
  const { run } = require(program)
  run(process.argv.slice(2)).then(code => {
    process.exitCode = code
  })
} else {
  console.error('Sallyport has not been built. Run `npm ci && npm run build` first.')
  process.exitCode = 1
}

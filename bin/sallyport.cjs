#!/usr/bin/env node
'use strict'
const { existsSync } = require('node:fs')
const { availableParallelism } = require('node:os')
const { join } = require('node:path')
const { loadProgram } = require('./kept-code.cjs')
const { nameSources } = require('./stack-traces.cjs')

// Passwords are hashed in libuv's thread pool, which has four threads by default and also serves file and DNS access.
// Its size is read once, before an ES module could set it; therefore this file is CommonJS.
process.env.UV_THREADPOOL_SIZE ??= String(Math.max(4, availableParallelism() + 2))

const file = join(__dirname, '../dist/bin/cli.cjs')
nameSources(file)

// Only a clone of the repository may lack `dist`.
if (existsSync(file)) {
  const {
    program: { run },
    keep
  } = loadProgram(file, join(__dirname, '../dist/bin/cache'))
  const args = process.argv.slice(2)
  // These two use most of the program.
  if (args[0] === 'serve' || args[0] === 'openapi') keep()
  run(args).then(code => {
    process.exitCode = code
  })
} else {
  console.error('Sallyport has not been built. Run `npm ci && npm run build` first.')
  process.exitCode = 1
}

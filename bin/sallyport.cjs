#!/usr/bin/env node
'use strict'
const { existsSync } = require('node:fs')
const { enableCompileCache } = require('node:module')
const { availableParallelism } = require('node:os')
const { join } = require('node:path')

// Passwords are hashed in libuv's thread pool, which has four threads by default and also serves file and DNS access.
// Its size is read once, before an ES module could set it; therefore this file is CommonJS.
process.env.UV_THREADPOOL_SIZE ??= String(Math.max(4, availableParallelism() + 2))

require('./stack-traces.cjs')
// From Node.js 22 on, a later start reads compiled code from here, if the folder can be written.
enableCompileCache?.(join(__dirname, '../dist/bin/cache'))

// Only a clone of the repository may lack `dist`.
if (existsSync(join(__dirname, '../dist/bin/cli.js')))
  import('../dist/bin/cli.js').then(async ({ run }) => {
    process.exitCode = await run(process.argv.slice(2))
  })
else {
  console.error('Sallyport has not been built. Run `npm ci && npm run build` first.')
  process.exitCode = 1
}

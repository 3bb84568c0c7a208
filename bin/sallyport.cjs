#!/usr/bin/env node
'use strict'
const { existsSync } = require('node:fs')
const { availableParallelism } = require('node:os')
const { join } = require('node:path')

// Passwords are hashed on libuv's threads, of which there are four, whatever the machine; and files and names are looked
// up there too. Their number is read once, at the first use, for which an ES module is too late. Hence this file is not one.
process.env.UV_THREADPOOL_SIZE ??= String(Math.max(4, availableParallelism() + 2))

// Only a clone can be without it. An error of the module itself, such as a file that it lacks, is shown as it is.
if (existsSync(join(__dirname, '../dist/src/cli.js')))
  import('../dist/src/cli.js').then(async ({ run }) => {
    process.exitCode = await run(process.argv.slice(2))
  })
else {
  console.error('Run `npm ci && npm run build` first, because Sallyport has not been built here.')
  process.exitCode = 1
}

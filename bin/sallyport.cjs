#!/usr/bin/env node
'use strict'
const { availableParallelism } = require('node:os')

// Passwords are hashed on libuv's threads, of which there are four, whatever the machine; and files and names are looked
// up there too. Their number is read once, at the first use, for which an ES module is too late. Hence this file is not one.
process.env.UV_THREADPOOL_SIZE ??= String(Math.max(4, availableParallelism() + 2))

import('../dist/src/cli.js').then(async ({ run }) => {
  process.exitCode = await run(process.argv.slice(2))
})

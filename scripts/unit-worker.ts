import { pathToFileURL } from 'node:url'
import '../test/support/hold-to-contract.ts'

// Runs files of tests in this one process: `unit-worker.ts NUMBER FILE…`. tap makes names of folders from the arguments:
// the number keeps two processes apart, and the files are taken away, because names have to be short.
for (const file of process.argv.splice(3)) await import(pathToFileURL(file).href)

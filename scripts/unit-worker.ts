import { pathToFileURL } from 'node:url'
import '../test/support/hold-to-contract.ts'

// Runs several test files in one process: `unit-worker.ts NUMBER FILE…`. tap derives folder names from the arguments.
// The number distinguishes the processes, and the files are removed to keep the names short.
for (const file of process.argv.splice(3)) await import(pathToFileURL(file).href)

import { run } from '../../src/cli.ts'

// Runs the sources as bin/sallyport.cjs runs the build, in a process that a test starts.
process.exitCode = await run(process.argv.slice(2))

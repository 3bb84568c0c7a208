import { run } from '../../src/cli.ts'

// What bin/sallyport.cjs does, from the sources: a test starts it as a process of its own.
process.exitCode = await run(process.argv.slice(2))

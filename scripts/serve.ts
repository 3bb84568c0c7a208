import { run } from '../src/cli.ts'

// `sallyport serve` from the sources, which scripts/dev.ts restarts after every change.
process.exitCode = await run(['serve'])

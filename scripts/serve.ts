import { run } from '../src/cli.ts'

// `npm run dev`: `sallyport serve` from the sources, restarted after every change.
process.exitCode = await run(['serve'])

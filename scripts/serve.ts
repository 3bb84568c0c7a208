import { run } from '../src/cli.ts'

// `npm run dev`: `sallyport serve` from the sources, started again whenever one of them is changed.
process.exitCode = await run(['serve'])

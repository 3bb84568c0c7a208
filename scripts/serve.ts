import { join } from 'node:path'
import { run } from '../src/cli.ts'
import { here } from '../src/commands/invocation.ts'

// `sallyport serve` from the sources, which scripts/dev.ts restarts after every change. The commands that it prints run
// the build.
const script = join(import.meta.dirname, '../bin/sallyport.cjs')
process.exitCode = await run(['serve'], process, { ...here(process.env), script })

import { execFileSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

// The `prepack` of the packages in `packages/`, run in the folder of one: compiles its part of `src` to `dist`, and
// copies the licence, which npm packs only from there.

const root = new URL('../../', import.meta.url)
rmSync('dist', { recursive: true, force: true })
execFileSync(process.execPath, [fileURLToPath(new URL('node_modules/typescript/bin/tsc', root))], { stdio: 'inherit' })
cpSync(new URL('LICENSE', root), 'LICENSE')

import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, rmSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

// The `prepack` of the three packages, run in the folder of one. Those in `packages/` compile their part of `src`, and
// get a copy of the licence, which npm packs only from their folder. The modes of all files are set, because npm packs
// those that the umask of the checkout has left.

const root = new URL('../../', import.meta.url)
if (existsSync('packages')) {
  execFileSync('npm', ['run', 'build'], { stdio: 'inherit' })
} else {
  rmSync('dist', { recursive: true, force: true })
  execFileSync(process.execPath, [fileURLToPath(new URL('node_modules/typescript/bin/tsc', root))], {
    stdio: 'inherit'
  })
  cpSync(new URL('LICENSE', root), 'LICENSE')
}

const list = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8' })
for (const { path } of JSON.parse(list)[0].files) chmodSync(path, statSync(path).mode & 0o100 ? 0o755 : 0o644)

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { installPackages, withTools } from './tool.ts'

const cwd = fileURLToPath(new URL('..', import.meta.url))
const folder = 'tools/static'

/** The text of the file at `path` as `npm run format` leaves it. */
export function formatted(path: string, text: string): string {
  installPackages(folder)
  const env = withTools(folder)
  return execFileSync('biome', ['format', `--stdin-file-path=${path}`], { cwd, env, input: text, encoding: 'utf8' })
}

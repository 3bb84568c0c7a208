import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const limitMs = 15 * 60_000

export const rootFolder = fileURLToPath(new URL('../../', import.meta.url))
export const peerFolder = (name: string) => join(rootFolder, 'bench', 'peers', name)

/**
 * Runs a command to its end; returns the seconds that it took. When it fails, throws with the last lines that it
 * printed.
 */
export function runToEnd(command: string[], cwd: string, settings: Record<string, string> = {}): number {
  const [program = '', ...args] = command
  const env = { ...process.env, ...settings }
  const begin = performance.now()
  const { status, error, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: 'utf8', timeout: limitMs })
  if (status === 0) return (performance.now() - begin) / 1000
  const printed = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-5).join('\n')
  throw new Error(`\`${command.join(' ')}\` failed: ${error?.message ?? printed}`)
}

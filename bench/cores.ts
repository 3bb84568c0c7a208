import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** Numbers of cores, or undefined for wherever the system likes. */
export type Cores = number[] | undefined

/** The cores that this process may use, where the system says so and lets one choose. */
function allowedCores(): number[] {
  if (process.platform !== 'linux' || spawnSync('taskset', ['--version']).status !== 0) return []
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''
  return list.split(',').flatMap(range => {
    const [first = Number.NaN, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, i) => first + i)
  })
}

const cores = allowedCores()

/** How many cores there are to measure on. */
export const coreCount = availableParallelism()

/**
 * Cores for a server that runs `threads` threads of JavaScript, and other cores for its load. Undefined where the machine
 * has too few for both.
 */
export function apart(threads: number): { server: Cores; load: Cores } {
  if (cores.length <= threads) return { server: undefined, load: undefined }
  return { server: cores.slice(0, threads), load: cores.slice(threads) }
}

/** The command line that runs `command` on these cores. */
export const pinned = (cores: Cores, command: string[]) =>
  cores === undefined ? command : ['taskset', '-c', cores.join(','), ...command]

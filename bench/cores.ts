import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** Core numbers, or undefined for no pinning. */
export type Cores = number[] | undefined

/** The cores that this process may use, where the system reports them and supports pinning. */
function allowedCores(): number[] {
  if (process.platform !== 'linux' || spawnSync('taskset', ['--version']).status !== 0) return []
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''
  return list.split(',').flatMap(range => {
    const [first = Number.NaN, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, i) => first + i)
  })
}

const cores = allowedCores()

/** How many cores are available to measure on. */
export const coreCount = availableParallelism()

/**
 * Cores for a server that runs `threads` JavaScript threads, and other cores for its load. Undefined when the machine
 * has too few for both.
 */
export function apart(threads: number): { server: Cores; load: Cores } {
  if (cores.length <= threads) return { server: undefined, load: undefined }
  return { server: cores.slice(0, threads), load: cores.slice(threads) }
}

/** The command line that runs `command` on these cores. */
export const pinned = (cores: Cores, command: string[]) =>
  cores === undefined ? command : ['taskset', '-c', cores.join(','), ...command]

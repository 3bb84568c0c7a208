import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Ticks per second of the times in /proc: 100 on every Linux that Node supports. */
const ticksPerSecond = 100
const idleShare = 0.05
const idleLimitMs = 15_000

const read = (path: string) => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

const sum = (values: number[]) => values.reduce((total, each) => total + each, 0)

/** The process and its descendants; only the process itself where there is no /proc. */
function family(pid: number): number[] {
  let threads: string[] = []
  try {
    threads = readdirSync(`/proc/${pid}/task`)
  } catch {
    // The process has ended, or the system has no /proc.
  }
  const children = threads.flatMap(thread => (read(`/proc/${pid}/task/${thread}/children`) ?? '').match(/\d+/g) ?? [])
  return [pid, ...children.flatMap(child => family(Number(child)))]
}

/**
 * Processor time of a process and its descendants so far, in seconds, with that of descendants that have ended;
 * undefined when the system does not report it.
 */
export function cpuSeconds(pid: number): number | undefined {
  const stats = family(pid).flatMap(one => read(`/proc/${one}/stat`) ?? [])
  return stats.length === 0 ? undefined : sum(stats.map(secondsIn))
}

function secondsIn(stat: string): number {
  // The process name, in parentheses, may contain spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return sum(fields.slice(11, 15).map(Number)) / ticksPerSecond
}

/** Resident memory of a process and its descendants, in megabytes; undefined when the system does not report it. */
export function residentMegabytes(pid: number): number | undefined {
  const sizes = family(pid).flatMap(one => /^VmRSS:\s*(\d+) kB$/m.exec(read(`/proc/${one}/status`) ?? '')?.[1] ?? [])
  return sizes.length === 0 ? undefined : (sum(sizes.map(Number)) * 1024) / 1e6
}

/**
 * Resolves when the process has been idle for `ms`. Some servers still compute hashes whose clients have disconnected.
 */
export async function untilIdle(pid: number, ms = 200) {
  const giveUpAt = performance.now() + idleLimitMs
  let before = cpuSeconds(pid)
  while (before !== undefined && performance.now() < giveUpAt) {
    await sleep(ms)
    const now = cpuSeconds(pid) ?? before
    if ((now - before) * 1000 < ms * idleShare) return
    before = now
  }
}

/** Processor time of every process so far, in seconds; not a number when the system does not report it. */
function allSeconds(): number {
  const [, user, nice, system] = /^cpu +(\d+) (\d+) (\d+)/.exec(read('/proc/stat') ?? '') ?? []
  return (Number(user) + Number(nice) + Number(system)) / ticksPerSecond
}

/**
 * Watches the processes that do not descend from this one. The returned function tells how much of one core they have
 * used since: not a number when the system does not report it.
 */
export function watchOthers(): () => number {
  const others = () => allSeconds() - (cpuSeconds(process.pid) ?? 0)
  const [begin, before] = [performance.now(), others()]
  return () => ((others() - before) * 1000) / (performance.now() - begin)
}

import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Ticks of the times in /proc; 100 a second on every Linux that Node runs on. */
const ticksPerSecond = 100
const idleShare = 0.05
const idleProbeMs = 200
const idleLimitMs = 15_000

const read = (path: string) => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** The process and its descendants; only itself where there is no /proc. */
function family(pid: number): number[] {
  let threads: string[] = []
  try {
    threads = readdirSync(`/proc/${pid}/task`)
  } catch {
    // It has ended, or the system has no /proc.
  }
  const children = threads.flatMap(thread => (read(`/proc/${pid}/task/${thread}/children`) ?? '').match(/\d+/g) ?? [])
  return [pid, ...children.flatMap(child => family(Number(child)))]
}

/** Processor time of a process and its descendants so far, in seconds; undefined where the system does not say. */
export function cpuSeconds(pid: number): number | undefined {
  const stats = family(pid).flatMap(one => read(`/proc/${one}/stat`) ?? [])
  if (stats.length === 0) return undefined
  const ticks = stats.map(stat => {
    // The name of the process, in brackets, may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return Number(fields[11]) + Number(fields[12])
  })
  return ticks.reduce((sum, each) => sum + each, 0) / ticksPerSecond
}

/** Resident memory of a process and its descendants, in megabytes; undefined where the system does not say. */
export function residentMegabytes(pid: number): number | undefined {
  const sizes = family(pid).flatMap(one => /^VmRSS:\s*(\d+) kB$/m.exec(read(`/proc/${one}/status`) ?? '')?.[1] ?? [])
  return sizes.length === 0 ? undefined : sizes.reduce((sum, size) => sum + Number(size) * 1024, 0) / 1e6
}

/** Resolves when the process has nothing more to do: hashes whose clients have gone are still computed by some servers. */
export async function untilIdle(pid: number) {
  const giveUpAt = performance.now() + idleLimitMs
  let before = cpuSeconds(pid)
  while (before !== undefined && performance.now() < giveUpAt) {
    await sleep(idleProbeMs)
    const now = cpuSeconds(pid) ?? before
    if ((now - before) * 1000 < idleProbeMs * idleShare) return
    before = now
  }
}

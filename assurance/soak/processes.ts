import { readdirSync, readFileSync } from 'node:fs'

/** The resources that a process uses. */
export interface Usage {
  descriptors: number
  threads: number
  residentMb: number
}

/** The use of the process `pid`, which must live. */
export function usageOf(pid: number): Usage {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const number = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1])
  const descriptors = readdirSync(`/proc/${pid}/fd`).length
  return { descriptors, threads: number('Threads'), residentMb: Math.round(number('VmRSS') / 1024) }
}

/** A node opens its connections to PostgreSQL, and clients theirs, when they are needed; threads likewise. */
const more = { descriptors: 20, threads: 4 }
/**
 * Whether a process has grown by more than it may after the first third of its life. Node.js gives memory back late:
 * the resident memory of a server under load goes up and down by half.
 */
export const isLarger = (lastMb: number, thirdMb: number) => lastMb > 1.5 * thirdMb + 64

/** Samples of every process, and the faults of the last sample. */
export function createWatch() {
  const samples = new Map<number, Usage[]>()
  return {
    sample(pids: number[]): void {
      for (const pid of pids) samples.set(pid, [...(samples.get(pid) ?? []), usageOf(pid)])
    },

    /** Descriptors and threads that do not go away when there is no load. */
    leaks: (pids: number[]): string[] =>
      pids.flatMap(pid => {
        const [first] = samples.get(pid) ?? []
        const last = usageOf(pid)
        return (['descriptors', 'threads'] as const)
          .filter(name => first && last[name] > first[name] + more[name])
          .map(name => `Process ${pid} has ${last[name]} ${name}, and had ${first?.[name]}`)
      }),

    /** The resident memory of each process after a third of its samples and at the last, in megabytes. */
    memory: (pids: number[]) =>
      pids.flatMap(pid => {
        const all = samples.get(pid) ?? []
        const [third, last] = [all[Math.floor(all.length / 3)], all.at(-1)]
        if (!third || !last) return []
        const [thirdMb, lastMb] = [third.residentMb, last.residentMb]
        return [{ pid, thirdMb, lastMb, samples: all.length, grows: isLarger(lastMb, thirdMb) }]
      })
  }
}

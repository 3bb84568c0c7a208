import { fork } from 'node:child_process'
import { setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { nextMessage } from '../answer.ts'
import { type Cores, pinned } from '../cores.ts'
import type { Job, ResultOf } from './jobs.ts'

const main = fileURLToPath(new URL('worker.ts', import.meta.url))

export type Generator = ReturnType<typeof createGenerator>

/**
 * A process that generates load, on separate cores where available. `isUrgent` is for a process that only watches: it
 * represents a client on another machine, so it should not wait for a core of this one (needs permission).
 */
export function createGenerator({ cores, isUrgent = false }: { cores?: Cores; isUrgent?: boolean } = {}) {
  const [program = '', ...args] = pinned(cores, [process.execPath, ...process.execArgv])
  const child = fork(main, [], { execPath: program, execArgv: args, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  if (isUrgent) {
    try {
      setPriority(child.pid as number, -10)
    } catch {
      // Without permission it runs at normal priority.
    }
  }

  return {
    /** Runs one job at a time. Throws the error of the measurement, and when the process ends. */
    async run<J extends Job>(job: J): Promise<ResultOf<J>> {
      child.send(job)
      const answer = await nextMessage<{ error: string } | { result: ResultOf<J> }>(child, 'The load')
      if ('error' in answer) throw new Error(answer.error)
      return answer.result
    },

    close() {
      child.disconnect()
    }
  }
}

/** Throws unless every request got one of these statuses. */
export function assertStatuses(what: string, statuses: Record<string, number>, allowed: string[] = ['200']) {
  const wrong = Object.entries(statuses).filter(([status, count]) => count > 0 && !allowed.includes(status))
  if (wrong.length > 0) {
    const list = wrong.map(([status, count]) => `${count} × ${status}`).join(', ')
    throw new Error(`${what}: not every request succeeded: ${list}`)
  }
}

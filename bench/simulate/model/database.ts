import type { Clock } from '../core/clock.ts'
import { createGroupCommit } from '../core/group-commit.ts'
import type { Step } from '../core/in-turn.ts'
import type { Random } from '../core/random.ts'
import { createServers } from '../core/servers.ts'
import { assumed } from './assumptions.ts'

/** What a simulation runs on. */
export interface World {
  clock: Clock
  random: Random
}

export type Database = ReturnType<typeof createDatabase>

/** A PostgreSQL primary: cores, a log, and a disk that is read when a page is not in memory. */
export function createDatabase({ clock, random }: World, cores: number, diskReads: number) {
  const cpu = createServers(clock, cores)
  const log = createGroupCommit(clock, assumed('flushMs') / 1000, assumed('diskMegabytes') * 1e6)
  let pagesRead = 0

  const readDisk: Step = next => {
    if (!random.chance(diskReads)) return next()
    pagesRead++
    clock.after(assumed('diskReadMs') / 1000, next)
  }

  /** Runs statements that take `seconds` of a core on average. */
  const execute =
    (seconds: number): Step =>
    next =>
      cpu.use(random.exponential(seconds), () => readDisk(next))

  /** Waits until `bytes` are on the disk. */
  const commit =
    (bytes: number): Step =>
    next =>
      log.commit(bytes, next)

  return {
    execute,
    commit,
    cpu,
    log,
    pagesRead: () => pagesRead
  }
}

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

/**
 * A PostgreSQL primary: cores, a log, a disk that is read when a page is not in memory, and the row that counts all
 * failed logins, which one transaction at a time may change.
 */
export function createDatabase({ clock, random }: World, cores: number, diskReads: number) {
  const cpu = createServers(clock, cores)
  const log = createGroupCommit(clock, assumed('flushMs') / 1000, assumed('diskMegabytes') * 1e6)
  const counter = createServers(clock, 1)
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

    /**
     * Runs the transaction of a failure: three counters in the order of their keys, and an event. The second counter is
     * the row of all failures, which the transaction then has alone until it is committed.
     */
    countFailure:
      (seconds: number, bytes: number): Step =>
      next =>
        execute(seconds / 4)(() =>
          counter.acquire(() =>
            cpu.use(random.exponential((seconds * 3) / 4), () =>
              log.commit(bytes, () => {
                counter.release()
                next()
              })
            )
          )
        ),

    cpu,
    counter,
    log,
    pagesRead: () => pagesRead
  }
}

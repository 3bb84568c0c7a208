import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { timeUntil } from '../../../test/support/faults.ts'
import { failSyncs } from '../../support/failing-syncs.ts'
import type { Fault } from '../fault.ts'
import { noDisk } from '../service.ts'

const lastsMs = 3000
/** How long the disk stays full at most until a write is refused. */
const longestMs = 60_000
/** Enough for the writes of an hour. */
const freedBytes = 512 * 1024 * 1024

/** No write fits on the disk. */
export const diskFull: Fault = {
  name: 'full disk',
  missing: noDisk,
  interrupts: true,
  logs: /SQLITE_(FULL|IOERR)|ENOSPC/,
  async run({ service: { disk }, load }) {
    const before = load.counts().refused
    disk?.fill()
    // The log of SQLite may have space for many writes, which it has used before.
    await timeUntil(async () => load.counts().refused > before, longestMs)
    await sleep(lastsMs)
    disk?.free(freedBytes)
  }
}

/** The disk reports an error for every sync. */
export const syncsFail: Fault = {
  name: 'failing syncs',
  missing: spawnSync('strace', ['--version']).error && 'not run: strace is missing',
  interrupts: true,
  logs: /SQLITE_IOERR|EIO/,
  async run({ service: { nodes }, teardowns }) {
    const heal = await failSyncs(
      teardowns,
      nodes.flatMap(node => node.pids())
    )
    await sleep(lastsMs)
    await heal()
  }
}

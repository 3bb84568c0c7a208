import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { libfaketime } from '../support/libfaketime.ts'
import type { Teardowns } from './teardowns.ts'

/** Why no clock can step. */
export const noClock = existsSync(libfaketime) ? undefined : 'not run: libfaketime is missing'

/** A clock that differs from that of the machine by whole seconds, for the processes that are started with `env`. */
export function createClock({ teardown }: Teardowns) {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-clock-'))
  teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'offset')
  function step(seconds: number) {
    // The processes read it whenever they ask for the time.
    writeFileSync(`${file}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`)
    renameSync(`${file}.new`, file)
  }
  step(0)
  const env = {
    LD_PRELOAD: libfaketime,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    // Timers wait as long as they should, as they do when the machine's clock is set.
    FAKETIME_DONT_FAKE_MONOTONIC: '1'
  }
  return { step, env: noClock ? ({} as Record<string, string>) : env }
}

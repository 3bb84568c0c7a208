import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { timeUntil } from '../../../test/support/faults.ts'
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
    const before = load.refused()
    disk?.fill()
    // The log of SQLite may have space for many writes, which it has used before.
    await timeUntil(async () => load.refused() > before, longestMs).catch(() => {})
    await sleep(lastsMs)
    disk?.free(freedBytes)
  }
}

const strace = ['-f', '-o', '/dev/null', '-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:error=EIO']

/** The disk reports an error for every sync. */
export const syncsFail: Fault = {
  name: 'failing syncs',
  missing: spawnSync('strace', ['--version']).error && 'not run: strace is missing',
  interrupts: true,
  logs: /SQLITE_IOERR|EIO/,
  async run({ service: { nodes }, teardowns }) {
    const pids = nodes.flatMap(node => node.pids())
    const tracer = spawn('strace', [...strace, ...pids.flatMap(pid => ['-p', String(pid)])], {
      stdio: ['ignore', 'ignore', 'pipe']
    })
    teardowns.teardown(() => tracer.kill('SIGINT'))
    const exit = once(tracer, 'exit')
    let said = ''
    tracer.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    await timeUntil(async () => /attached/.test(said) || tracer.exitCode !== null)
    if (tracer.exitCode !== null) throw new Error(`strace has ended: ${said}`)
    await sleep(lastsMs)
    // It lets the processes go.
    tracer.kill('SIGINT')
    await exit
  }
}

import { readFileSync } from 'node:fs'
import type { Test } from 'tap'
import { built } from './built.ts'
import { childrenOf } from './children.ts'
import { cliEnv } from './cli.ts'
import { startCli } from './cli-process.ts'
import { freePort } from './free-port.ts'

/** `serve` of the build with two workers, its URL, and the URL of its metrics. */
export async function startWorkers(t: Test, more: Record<string, string> = {}) {
  const metrics = `127.0.0.1:${await freePort()}`
  const env: Record<string, string> = {
    ...cliEnv(t.testdir()),
    WORKERS: '2',
    METRICS: metrics,
    ...more
  }
  const server = startCli(t, ['serve'], env, { command: built })
  const url = await server.out.until(/Sallyport listens on ([^\s"]+)/)
  return { ...server, env, url, metricsUrl: `http://${metrics}/metrics`, pid: server.child.pid as number }
}

/** The command line of a process; empty when it has ended. */
function commandOf(pid: number) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

/** The workers of the supervisor `pid`. */
export const workersOf = (pid: number) => childrenOf(pid).filter(child => commandOf(child).includes('serve'))

/** Whether a process with this id exists. */
export const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

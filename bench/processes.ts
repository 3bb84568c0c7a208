import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Cores, pinned } from './cores.ts'

const startLimitMs = 60_000
const stopLimitMs = 15_000
const pollMs = 5

/** A server process that answers at `url`. */
export interface RunningServer {
  url: string
  pid: number
  /** Seconds from exec to readiness. */
  startSeconds: number
  stop(): Promise<void>
}

export interface ServerCommand {
  command: string[]
  cwd: string
  env?: Record<string, string>
  cores?: Cores
  port: number
  /** The server is ready when this path responds with any status below 500. */
  readyPath: string
}

const running = new Set<() => Promise<void>>()

/** Starts a server and resolves when it responds. When it does not, throws with its output. */
export async function startServer(about: ServerCommand): Promise<RunningServer> {
  const { command, cwd, env, cores, port, readyPath } = about
  const url = `http://127.0.0.1:${port}`
  const [program = '', ...args] = pinned(cores, command)
  const begin = performance.now()
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => {
      printed = (printed + chunk).slice(-4000)
    })
  }
  const failure = once(child, 'error').then(([error]) => String(error))
  const exit = once(child, 'exit').then(([code, signal]) => `exit ${code ?? signal}`, String)
  let ended = ''
  Promise.race([failure, exit]).then(why => {
    ended = why
  })

  async function stop() {
    running.delete(stop)
    if (ended) return
    child.kill('SIGTERM')
    const limit = setTimeout(() => child.kill('SIGKILL'), stopLimitMs)
    await exit
    clearTimeout(limit)
  }
  running.add(stop)

  while (!(await answers(url + readyPath))) {
    if (!ended && performance.now() - begin < startLimitMs) {
      await sleep(pollMs)
      continue
    }
    await stop()
    throw new Error(`${command.join(' ')} does not answer (${ended || 'too slow'}):\n${printed}`)
  }
  return { url, pid: child.pid as number, startSeconds: (performance.now() - begin) / 1000, stop }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(startLimitMs) })
    await response.arrayBuffer()
    return response.status < 500
  } catch {
    return false
  }
}

/** Stops all servers that are still running, be it because a measurement failed. */
export const stopAll = async () => {
  await Promise.all([...running].map(stop => stop()))
}

/** Makes `stopAll` call `stop` too. */
export const stopWithAll = (stop: () => Promise<void>) => {
  running.add(stop)
}

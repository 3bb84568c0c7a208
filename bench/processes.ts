import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Cores, pinned } from './cores.ts'

const startLimitMs = 60_000
const stopLimitMs = 15_000
const pollMs = 5

/** A program that was started for a measurement, and is ready. */
export interface RunningProgram {
  pid: number
  /** Seconds from exec to readiness. */
  startSeconds: number
  stop(): Promise<void>
}

/** A server process that answers at `url`. */
export interface RunningServer extends RunningProgram {
  url: string
}

interface Command {
  command: string[]
  cwd: string
  env?: Record<string, string>
  cores?: Cores
}

export interface ProgramCommand extends Command {
  /** The user that runs it, if not this one. */
  user?: { uid: number; gid: number } | undefined
  stopSignal?: NodeJS.Signals
  isReady(): Promise<boolean>
}

export interface ServerCommand extends Command {
  port: number
  /** The server is ready when this path responds with any status below 500. */
  readyPath: string
}

const running = new Set<() => Promise<void>>()

/** Starts a program and resolves when it is ready. When it does not become ready, throws with its output. */
export async function startProgram({
  command,
  cwd,
  env,
  cores,
  user,
  stopSignal = 'SIGTERM',
  isReady
}: ProgramCommand): Promise<RunningProgram> {
  const [program = '', ...args] = pinned(cores, command)
  const begin = performance.now()
  const child = spawn(program, args, {
    ...user,
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
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
    child.kill(stopSignal)
    const limit = setTimeout(() => child.kill('SIGKILL'), stopLimitMs)
    await exit
    clearTimeout(limit)
  }
  running.add(stop)

  while (!(await isReady())) {
    if (!ended && performance.now() - begin < startLimitMs) {
      await sleep(pollMs)
      continue
    }
    await stop()
    throw new Error(`${command.join(' ')} does not answer (${ended || 'too slow'}):\n${printed}`)
  }
  return { pid: child.pid as number, startSeconds: (performance.now() - begin) / 1000, stop }
}

/** Starts a server and resolves when it responds. When it does not, throws with its output. */
export async function startServer({ port, readyPath, ...command }: ServerCommand): Promise<RunningServer> {
  const url = `http://127.0.0.1:${port}`
  return { url, ...(await startProgram({ ...command, isReady: () => answers(url + readyPath) })) }
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

/** Stops all programs that are still running, be it because a measurement failed. */
export const stopAll = async () => {
  await Promise.all([...running].map(stop => stop()))
}

/** Makes `stopAll` call `stop` too. */
export const stopWithAll = (stop: () => Promise<void>) => {
  running.add(stop)
}

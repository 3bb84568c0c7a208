import { type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { debianEnv } from './debian.ts'

/**
 * Starts a program that listens on `port` of 127.0.0.1; resolves once it does, and rejects when it has ended. It gets
 * `signal` when the test ends.
 */
export async function startListening(
  t: Test,
  port: number,
  [program, ...args]: [program: string, ...args: string[]],
  { signal = 'SIGTERM', ...options }: Omit<SpawnOptions, 'signal'> & { signal?: NodeJS.Signals } = {}
) {
  const child = spawn(program, args, { env: debianEnv, stdio: 'ignore', ...options })
  const exit = once(child, 'exit')
  t.teardown(async () => {
    child.kill(signal)
    await exit
  })
  while (!(await isOpen(port))) {
    if (child.exitCode !== null) throw new Error(`${program}, which should listen on port ${port}, has ended.`)
    await sleep(20)
  }
}

async function isOpen(port: number) {
  const socket = connect(port, '127.0.0.1')
  const answer = await new Promise(resolve => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  })
  socket.destroy()
  return answer
}

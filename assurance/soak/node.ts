import { builtAlone } from '../../test/support/built.ts'
import { type Program, startProgram } from '../../test/support/faults.ts'
import { isAlive, workersOf } from '../../test/support/workers.ts'
import { createClock } from './clock-file.ts'
import type { Teardowns } from './teardowns.ts'

/** Whether it is a log line below the level `error`. */
const isExpected = (line: string) => line === '' || /^\{"level":[1-4]0,/.test(line)

/** A server that can be ended and started again. `env` returns its settings whenever it starts. */
export function createNode(teardowns: Teardowns, env: () => Record<string, string>) {
  const clock = createClock(teardowns)
  let [program, url]: [Program | undefined, string] = [undefined, '']
  let errors: string[] = []
  let seen = 0

  const running = () => {
    if (!program) throw new Error('The node was never started')
    return program
  }
  const pid = () => Number(running().child.pid)

  function collectErrors() {
    const lines = (program?.output() ?? '').slice(seen).split('\n')
    // The last line may not be complete yet.
    const rest = String(lines.pop())
    seen = (program?.output() ?? '').length - rest.length
    errors.push(...lines.filter(line => !isExpected(line)))
  }

  return {
    clock,
    url: () => url,
    /** It and its workers. */
    pids: () => [pid(), ...workersOf(pid())],
    workers: () => workersOf(pid()),

    async start(version = builtAlone): Promise<void> {
      collectErrors()
      seen = 0
      program = startProgram(teardowns, { ...env(), ...clock.env }, ['serve'], version)
      url = await program.listens
    },

    /** The errors that it has logged since the last call. */
    takeErrors(): string[] {
      collectErrors()
      const taken = errors
      errors = []
      return taken
    },

    /** Kills all of its processes. */
    async kill(): Promise<void> {
      for (const each of [pid(), ...workersOf(pid())]) if (isAlive(each)) process.kill(each, 'SIGKILL')
      await running().exit
    },

    /** Ends it with SIGTERM. Throws unless it exits with 0. */
    async stop(): Promise<void> {
      running().child.kill('SIGTERM')
      const [code, signal] = await running().exit
      if (code !== 0) throw new Error(`A drained node ended with ${code ?? signal}`)
    }
  }
}

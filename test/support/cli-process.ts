import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import type { Command } from './built.ts'

/** The command that runs the program from the sources, with the loaders of this process. */
export const sources: Command = [
  process.execPath,
  ...process.execArgv,
  fileURLToPath(new URL('cli-main.ts', import.meta.url))
]

/** Runs `sallyport` in its own process, by default from the sources; killed when the test ends. */
export function startCli(
  t: Test,
  args: string[],
  env: Record<string, string>,
  { cwd = process.cwd(), command: [file, ...first] = sources }: { cwd?: string; command?: Command } = {}
) {
  const child = spawn(file, [...first, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  t.teardown(() => child.kill('SIGKILL'))
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  const err = text(child.stderr)
  return { child, exit, err, out: collect(child) }
}

/** The output of the child so far, and a promise for a match. */
function collect(child: ChildProcessByStdio<null, Readable, Readable>) {
  let all = ''
  let ended = false
  const changed = new EventEmitter()
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (chunk: string) => {
    all += chunk
    changed.emit('change')
  })
  child.stdout.on('end', () => {
    ended = true
    changed.emit('change')
  })
  return {
    text: () => all,
    /** Resolves to the first group of `pattern`, or the whole match, once the output matches. */
    async until(pattern: RegExp): Promise<string> {
      for (let match = pattern.exec(all); ; match = pattern.exec(all)) {
        if (match) return match[1] ?? match[0]
        if (ended) throw new Error(`The process ended without ${pattern}: ${all}`)
        await once(changed, 'change')
      }
    }
  }
}

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { join } from 'node:path'
import { PassThrough, type Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { build } from '../../src/app.ts'
import { run } from '../../src/cli.ts'
import type { Streams } from '../../src/commands/terminal.ts'
import { loadConfig } from '../../src/config/config.ts'
import type { Command } from './built.ts'

/** What a command answered. */
export interface Outcome {
  code: number
  out: string
  err: string
}

/**
 * `sallyport` in this process, on a SQLite file of the test's own, unless `settings` name a database, and with bcrypt at
 * its cheapest. Standard input is a pipe with `input` in it.
 */
export function createCli(t: Test, settings: Record<string, string> = {}) {
  const env = settings.DATABASE_URL ? settings : { ...cliEnv(t.testdir()), ...settings }
  const sallyport = async (args: string[], input = ''): Promise<Outcome> => {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
    stdin.end(input)
    const printed = Promise.all([text(stdout), text(stderr)])
    const code = await run(args, { stdin, stdout, stderr, env } as unknown as Streams)
    stdout.end()
    stderr.end()
    const [out, err] = await printed
    return { code, out, err }
  }
  return { sallyport, env }
}

/** Settings for commands and servers that work in `folder`; a server stops without a delay. */
export const cliEnv = (folder: string): Record<string, string> => ({
  DATABASE_URL: `sqlite:${join(folder, 'data', 'test.db')}`,
  ISSUER: 'https://auth.example.com',
  PORT: '0',
  BCRYPT_COST: '4',
  DRAIN_DELAY: '0',
  LOG_LEVEL: 'silent'
})

/**
 * The command that runs the program from the sources, so that what it runs of them is counted: with the loaders of this process,
 * because coverage of the same file through another compiler spoils the count.
 */
export const sources: Command = [
  process.execPath,
  ...process.execArgv,
  fileURLToPath(new URL('cli-main.ts', import.meta.url))
]

/** A process of its own that runs `sallyport`, from the sources unless told otherwise, killed when the test ends. */
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

/** What the child wrote so far, and a promise of the moment when that matches. */
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
    /** Resolves to the first group of `pattern` (or all of the match) once the output has it. */
    async until(pattern: RegExp): Promise<string> {
      for (let match = pattern.exec(all); ; match = pattern.exec(all)) {
        if (match) return match[1] ?? match[0]
        if (ended) throw new Error(`The process ended without ${pattern}: ${all}`)
        await once(changed, 'change')
      }
    }
  }
}

/** Lets `work` use the service on the database of the commands, for what they cannot do themselves. */
export async function withService<T>(
  env: Record<string, string>,
  work: (app: Awaited<ReturnType<typeof build>>) => Promise<T>
) {
  const app = await build({ config: loadConfig(env) })
  try {
    return await work(app)
  } finally {
    await app.close()
  }
}

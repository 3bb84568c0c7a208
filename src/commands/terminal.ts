import { buffer } from 'node:stream/consumers'
import type { FastifyInstance } from 'fastify'
import { Problem } from '../errors.ts'
import { askHidden } from './prompt.ts'

/** The streams of a command; a test brings its own. */
export interface Streams {
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
  env: Record<string, string | undefined>
}

/** What a command talks to. */
export interface Terminal {
  print(line: string): void
  /**
   * A new password: from standard input, or asked for twice. It is never an argument, where a process list shows it.
   * Throws a UsageError when there is nothing to read it from or the two differ, and a Problem when none is entered.
   */
  readNewPassword(options: { passwordStdin?: boolean }): Promise<string>
}

/** Runs `work` on the opened service and closes it afterwards. */
export type WithApp = <T>(work: (app: FastifyInstance) => Promise<T>) => Promise<T>

/** Who the audit trail names for what a command did. */
export const origin = { actor: 'cli' }

/** A command was used in a wrong way: exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** The terminal of `streams`: results go to standard output, questions to standard error. */
export function createTerminal({ stdin, stdout, stderr }: Streams): Terminal {
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that has seen enough, as in `sallyport users list | head`, is no fault.
    if (error.code !== 'EPIPE') throw error
  })

  async function ask(prompt: string) {
    const password = await askHidden(prompt, stdin, stderr)
    if (!password) throw new Problem(400, 'No password was entered.')
    return password
  }

  return {
    print: line => void stdout.write(`${line}\n`),

    async readNewPassword({ passwordStdin }) {
      if (passwordStdin) {
        if (stdin.isTTY) throw new UsageError('--password-stdin reads a pipe; a terminal would show the password.')
        return decode(await buffer(stdin)).replace(/\r?\n$/, '')
      }
      if (!stdin.isTTY || !stderr.isTTY) throw new UsageError('There is no terminal to ask at: use --password-stdin.')
      const password = await ask('Password: ')
      if ((await ask('Once more: ')) !== password) throw new UsageError('The two passwords differ.')
      return password
    }
  }
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new UsageError('The password on standard input is not UTF-8.')
  }
}

import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { type Colour, paint } from '../base/colours.ts'
import { CommandError } from '../base/errors.ts'
import { visible } from '../base/visible.ts'
import type { OpenServices } from '../wiring/open-services.ts'
import { UsageError } from './arguments.ts'
import { namingProgram } from './invocation.ts'
import { createProgress, type Progress } from './progress.ts'
import { type Asker, askHidden, askYes, createAsker } from './prompt.ts'

/** The streams of a command; tests pass their own. */
export interface Streams {
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
  env: Record<string, string | undefined>
}

/** The input and output of a command. */
export interface Terminal {
  print(line: string): void
  /** Prints a line to standard error. */
  warn(line: string): void
  /** Shows on a terminal how far a long piece of work is; the next output removes that line. */
  track: Progress['track']
  /** Prints `chunks` unchanged, no faster than they are read, and stops when the reader closes the pipe. */
  pour(chunks: AsyncIterable<string>): Promise<void>
  /** `text` with the command that works here for every `sallyport …` in backticks. */
  named(text: string): string
  /** `text` for `print`, in this colour if that shows colours. */
  painted(text: string, colour: Colour): string
  /** Whether results are shown on a screen. */
  isScreen: boolean
  /**
   * A new password, from standard input or asked for twice; not an argument, because process lists show arguments.
   * Throws a UsageError when there is no input to read it from or the two entries differ, and a CommandError when none
   * is entered.
   */
  readNewPassword(options: { passwordStdin?: boolean }): Promise<string>
  /**
   * Asks whether to continue, on a terminal only. Throws a CommandError unless the answer is yes. With `options`, asks
   * nothing if `yes` is set, and otherwise throws a UsageError when there is no terminal.
   */
  confirm(question: string, options?: { yes?: boolean }): Promise<void>
  /** Begins to ask questions; `undefined` when there is no terminal. */
  openAsker(): Asker | undefined
}

/**
 * Runs `work` with the opened service and closes the service afterwards. Rejects when there is no database, unless it
 * `mayCreate` one, and when root must not open it. Without `opensKeys`, the secret may be wrong.
 */
export type WithServices = <T>(
  work: (services: OpenServices) => Promise<T>,
  options?: { mayCreate?: boolean; opensKeys?: boolean }
) => Promise<T>

/** The actor that the audit trail names for changes made by a command. */
export const origin = { actor: 'cli' }

/**
 * The terminal of `streams`: results go to standard output, questions to standard error. `program` starts commands. The
 * process exits with 1 when a stream cannot be written, such as on a full disk, unless its reader has closed it.
 */
export function createTerminal({ stdin, stdout, stderr }: Streams, program = 'sallyport'): Terminal {
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (isClosedPipe(error)) return
      if (stream === stdout) stderr.write(`Cannot write the output: ${error.code}\n`)
      process.exit(1)
    })
  }

  const progress = createProgress(stderr)

  async function ask(prompt: string) {
    const password = await askHidden(prompt, stdin, stderr)
    if (!password) throw new CommandError('No password was entered.')
    return password
  }

  return {
    print(line) {
      progress.clear()
      stdout.write(`${line}\n`)
    },

    warn(line) {
      progress.clear()
      stderr.write(`${line}\n`)
    },

    track: progress.track,

    async pour(chunks) {
      try {
        await pipeline(chunks, stdout, { end: false })
      } catch (error) {
        if (!isClosedPipe(error)) throw error
      }
    },

    named: text => namingProgram(text, program),

    painted: (text, colour) => paint(stdout, text, colour),

    isScreen: stdout.isTTY === true,

    async readNewPassword({ passwordStdin }) {
      if (passwordStdin) {
        if (stdin.isTTY)
          throw new UsageError('--password-stdin reads from a pipe, because a terminal would show the password.')
        return decode(await buffer(stdin)).replace(/\r?\n$/, '')
      }
      if (!stdin.isTTY || !stderr.isTTY)
        throw new UsageError('No terminal to ask for the password. Use --password-stdin.')
      const password = await ask('Password: ')
      if ((await ask('Repeat password: ')) !== password) throw new UsageError('The passwords do not match.')
      return password
    },

    async confirm(question, options) {
      if (options?.yes) return
      if (!stdin.isTTY || !stderr.isTTY) {
        if (options) throw new UsageError('No terminal to ask for confirmation. Use --yes.')
        return
      }
      if (!(await askYes(`${visible(question)} [y/N] `, stdin, stderr))) throw new CommandError('Nothing was done.')
    },

    openAsker: () => (stdin.isTTY && stderr.isTTY ? createAsker(stdin, stderr) : undefined)
  }
}

/** A reader that closes the pipe early, as in `sallyport users list | head`, is not an error. */
const isClosedPipe = (error: unknown) => (error as { code?: unknown }).code === 'EPIPE'

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new UsageError('The password on standard input is not UTF-8.')
  }
}

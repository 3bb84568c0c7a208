import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'

/**
 * Writes `prompt` to `output` and resolves to the line typed at `input`, without showing it; `undefined` when Ctrl-C or
 * Ctrl-D is pressed instead, or the input ends.
 */
export function askHidden(
  prompt: string,
  input: NodeJS.ReadStream,
  output: NodeJS.WriteStream
): Promise<string | undefined> {
  output.write(prompt)
  // Readline echoes to an output that discards the text, and `terminal` turns off the echo of the input.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input, output: nowhere, terminal: true, historySize: 0 })
  return new Promise(resolve => {
    lines.once('line', line => {
      resolve(line)
      lines.close()
    })
    // After Ctrl-Z and `fg`, readline is paused. Ctrl-U clears the typed text and resumes readline.
    lines.on('SIGCONT', () => {
      output.write(prompt)
      lines.write(null, { ctrl: true, name: 'u' })
    })
    lines.once('close', () => {
      output.write('\n')
      resolve(undefined)
    })
  })
}

/**
 * Writes `question` to `output` and resolves to whether `y` or `yes` is typed at `input`; false on Ctrl-C, Ctrl-D and
 * the end of input.
 */
export function askYes(question: string, input: NodeJS.ReadStream, output: NodeJS.WriteStream): Promise<boolean> {
  const lines = createInterface({ input, output, terminal: false })
  return new Promise(resolve => {
    lines.question(question, answer => {
      resolve(/^y(es)?$/i.test(answer.trim()))
      lines.close()
    })
    lines.once('close', () => resolve(false))
  })
}

/** Questions that are asked one after another. */
export interface Asker {
  /** Writes `question` and resolves to the line typed, or `undefined` when the input ends. */
  ask(question: string): Promise<string | undefined>
  /** Stops reading. */
  close(): void
}

/** Asks at `output` and reads the answers from `input`; a pasted answer of several lines answers several questions. */
export function createAsker(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Asker {
  const lines = createInterface({ input, terminal: false })
  const typed = lines[Symbol.asyncIterator]()
  return {
    async ask(question) {
      output.write(question)
      const { value, done } = await typed.next()
      return done ? undefined : value
    },
    close: () => lines.close()
  }
}

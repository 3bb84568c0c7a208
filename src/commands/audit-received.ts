import { createReadStream, statSync } from 'node:fs'
import { type Comparison, compareReceived } from '../auth/webhooks/received.ts'
import { assertPatterns } from '../auth/webhooks/webhooks.ts'
import { CommandError } from '../base/errors.ts'
import type { OnProgress } from '../base/progress.ts'
import { createLineSplitter } from '../transfer/lines.ts'
import type { OpenServices } from '../wiring/open-services.ts'
import { type OutputOptions, printOutcome } from './output.ts'
import type { Terminal } from './terminal.ts'

/** Compares a file of received events with the trail. Throws a CommandError when it cannot be read, or differs. */
export async function compare(
  { db }: OpenServices,
  file: string,
  asked: string[],
  onProgress: OnProgress
): Promise<Comparison> {
  assertPatterns(asked)
  const found = await compareReceived(linesOf(file, onProgress), asked, db.audit, onProgress).catch(error => {
    throw new CommandError(`${file} cannot be compared: ${(error as Error).message}`)
  })
  const [missing, added] = [found.missing.length, found.added.length]
  if (missing + added === 0) return found
  const some = [...found.missing, ...found.added][0]
  throw new CommandError(
    `${file} lacks ${missing} event(s), and has ${added} that the trail does not have; the first is ${some}.`
  )
}

/** The lines of a file. Throws for one that is too long or not UTF-8. */
async function* linesOf(file: string, onProgress: OnProgress): AsyncGenerator<string> {
  const { push, end } = createLineSplitter({ cr: false })
  async function* all() {
    const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0
    let read = 0
    onProgress('reading the file')
    for await (const chunk of createReadStream(file)) {
      yield* push(chunk)
      read += chunk.length
      // A pipe has no size.
      if (bytes > 0) onProgress('reading the file', Math.min(read / bytes, 1))
    }
    yield* end()
  }
  for await (const { line, text, problem } of all()) {
    if (problem) throw new Error(`Line ${line} ${problem}.`)
    yield text
  }
}

/** Prints that a file of received events is like the trail. */
export function printComparison(terminal: Terminal, { events, pruned }: Comparison, options: OutputOptions) {
  const rest = pruned > 0 ? ` ${pruned} older one(s) were pruned here.` : ''
  const sentence = `The ${events} received event(s) are those of the audit trail: none is missing, and none was added.${rest}`
  printOutcome(terminal, sentence, { events, pruned }, options)
}

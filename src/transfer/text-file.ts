import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { CommandError } from '../base/errors.ts'
import { createLineSplitter, type Line } from './lines.ts'

export type TextFile = Awaited<ReturnType<typeof openTextFile>>

/**
 * A UTF-8 file, with or without a byte order mark. Throws a CommandError when it does not exist or is not a regular
 * file.
 */
export async function openTextFile(path: string) {
  const found = await stat(path).catch(error => {
    throw unreadable(path, error)
  })
  // The file is read twice, which a pipe does not allow.
  if (!found.isFile()) throw new CommandError(`${path} is not a regular file. Write the accounts to a file first.`)
  let bytesRead = 0

  return {
    path,

    /** Its lines from the beginning. A LF always ends a line; a CR does if `cr` is set. */
    async *lines({ cr }: { cr: boolean }): AsyncGenerator<Line> {
      const splitter = createLineSplitter({ cr })
      bytesRead = 0
      try {
        for await (const chunk of createReadStream(path)) {
          bytesRead += (chunk as Buffer).length
          yield* splitter.push(chunk as Buffer)
        }
      } catch (error) {
        throw unreadable(path, error)
      }
      yield* splitter.end()
    },

    /** The part that has been read, from 0 to 1. */
    fraction: () => Math.min(bytesRead / found.size, 1)
  }
}

function unreadable(path: string, error: unknown): CommandError {
  const { code } = error as { code?: unknown }
  if (code === 'ENOENT') return new CommandError(`File not found: ${path}.`)
  return new CommandError(`Cannot read ${path} (${code}).`)
}

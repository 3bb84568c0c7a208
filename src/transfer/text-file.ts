import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Problem } from '../errors.ts'

export type TextFile = Awaited<ReturnType<typeof openTextFile>>

/** A file of UTF-8, with or without a byte order mark. Throws a Problem when there is none, or it is not a plain file. */
export async function openTextFile(path: string) {
  const found = await stat(path).catch(error => {
    throw unreadable(path, error)
  })
  // A pipe could not be read again, which a look at the header needs.
  if (!found.isFile()) throw new Problem(422, `${path} is not a file: write what is to be imported into one.`)
  let bytesRead = 0

  return {
    path,

    /** The text from the beginning, piece by piece. Throws a Problem when it is not UTF-8. */
    async *text(): AsyncGenerator<string> {
      const decoder = new TextDecoder('utf-8', { fatal: true })
      bytesRead = 0
      try {
        for await (const chunk of createReadStream(path)) {
          bytesRead += (chunk as Buffer).length
          yield decoder.decode(chunk as Buffer, { stream: true })
        }
        yield decoder.decode()
      } catch (error) {
        throw unreadable(path, error)
      }
    },

    /** How much of it has been read, from 0 to 1. */
    fraction: () => Math.min(bytesRead / found.size, 1)
  }
}

function unreadable(path: string, error: unknown): unknown {
  const { code } = error as { code?: unknown }
  if (code === 'ENOENT') return new Problem(404, `There is no file ${path}.`)
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
    return new Problem(422, `${path} is not UTF-8: save it as UTF-8 first.`)
  return new Problem(422, `${path} cannot be read (${code}).`)
}

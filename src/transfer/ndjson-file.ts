import { Problem } from '../errors.ts'
import type { Source, SourceRow } from './source.ts'
import { openTextFile, type TextFile } from './text-file.ts'
import { jsonOf } from './values.ts'

const maxLineLength = 128_000

/** Accounts from a file with a JSON object on each line (NDJSON). Throws what `openTextFile` throws. */
export async function openNdjson(path: string): Promise<Source> {
  const file = await openTextFile(path)
  return {
    name: path,
    unit: 'line',
    columns: undefined,
    async *rows() {
      let line = 0
      for await (const text of linesOf(file)) {
        line++
        if (text.trim() !== '') yield readLine(line, text)
      }
    },
    fraction: file.fraction,
    close: async () => {}
  }
}

/** The lines of a file. Not by `node:readline`, which also ends a line at U+2028, as a JSON string may have it. */
async function* linesOf(file: TextFile): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of file.text()) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() as string
    if (rest.length > maxLineLength)
      throw new Problem(422, `${file.path} has a line of more than ${maxLineLength} characters: it is not NDJSON.`)
    yield* lines
  }
  yield rest
}

function readLine(line: number, text: string): SourceRow {
  const value = jsonOf(text)
  if (value === undefined) return { line, problem: 'is not JSON' }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return { line, problem: 'is not a JSON object' }
  return { line, record: value as Record<string, unknown> }
}

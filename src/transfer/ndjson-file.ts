import { CommandError, Problem } from '../base/errors.ts'
import { parseJson } from '../base/strict-json.ts'
import { type Line, maxLineLength } from './lines.ts'
import type { Source, SourceRow } from './source.ts'
import { openTextFile, type TextFile } from './text-file.ts'
import { reasonOf } from './values.ts'

/** A file with more member names than this does not contain accounts. */
const mostColumns = 1000

/**
 * Accounts from a file with one JSON object per line (NDJSON). A first pass over the file collects the member names.
 * Throws the errors of `openTextFile`, and a CommandError when there are too many names.
 */
export async function openNdjson(path: string): Promise<Source> {
  const file = await openTextFile(path)
  return {
    name: path,
    unit: 'line',
    columns: await namesIn(file),
    rows: () => rowsOf(file),
    fraction: file.fraction,
    close: async () => {}
  }
}

/** The names that the records have, in order of appearance; `undefined` when there is no record. */
async function namesIn(file: TextFile): Promise<string[] | undefined> {
  const names = new Set<string>()
  for await (const row of rowsOf(file)) {
    if ('record' in row) for (const name of Object.keys(row.record)) names.add(name)
    if (names.size > mostColumns)
      throw new CommandError(
        `${file.path} has more than ${mostColumns} different member names: expected one account per line.`
      )
  }
  return names.size > 0 ? [...names] : undefined
}

async function* rowsOf(file: TextFile): AsyncGenerator<SourceRow> {
  for await (const line of file.lines({ cr: false })) {
    if (line.problem !== undefined || line.text.trim() !== '') yield readLine(line)
  }
}

function readLine({ line, text, problem }: Line): SourceRow {
  if (problem === 'is too long') return { line, problem: `has more than ${maxLineLength} bytes` }
  if (problem) return { line, problem: `${problem}: save the file as UTF-8` }
  let value: unknown
  try {
    value = parseJson(text)
  } catch (error) {
    return { line, problem: error instanceof Problem ? reasonOf(error) : 'is not JSON' }
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return { line, problem: 'is not a JSON object' }
  return { line, record: value as Record<string, unknown> }
}

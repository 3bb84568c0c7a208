import { CommandError } from '../base/errors.ts'
import { marksIn, readCsvRecord } from './csv-record.ts'
import { type Line, maxLineLength } from './lines.ts'
import { mayBeHash } from './looks-like-hash.ts'
import type { Source, SourceRow } from './source.ts'
import { openTextFile, type TextFile } from './text-file.ts'

type Record = { line: number } & ({ values: string[] } | { problem: string })

/**
 * Accounts from a CSV file (RFC 4180) whose first line names the columns. Throws a CommandError when it does not, and
 * the errors of `openTextFile`; reading throws a CommandError when the beginning of the next record is unclear.
 */
export const openCsv = async (path: string): Promise<Source> => csvSource(await openTextFile(path))

/** The same from a file that is open. */
export async function csvSource(file: TextFile): Promise<Source> {
  const columns = await headerOf(file)
  return {
    name: file.path,
    unit: 'line',
    columns,
    async *rows() {
      let isHeader = true
      for await (const record of recordsOf(file)) {
        if (isHeader) isHeader = false
        else yield toRow(record, columns)
      }
    },
    fraction: file.fraction,
    close: async () => {}
  }
}

async function headerOf(file: TextFile): Promise<string[]> {
  for await (const record of recordsOf(file)) {
    if ('problem' in record)
      throw new CommandError(`${file.path} has no header: line ${record.line} ${record.problem}.`)
    const names = record.values.map(name => name.trim())
    if (names.some(name => name.includes('@') || mayBeHash(name)))
      throw new CommandError(`The first line of ${file.path} looks like data. Add a header.`)
    const twice = names.find((name, index) => name !== '' && names.indexOf(name) !== index)
    if (twice !== undefined) throw new CommandError(`${file.path} has two columns named ${twice}.`)
    return names
  }
  throw new CommandError(`${file.path} is empty. The first line must name the columns.`)
}

function toRow(record: Record, columns: string[]): SourceRow {
  if ('problem' in record) return record
  const { line, values } = record
  if (values.length !== columns.length)
    return { line, problem: `has ${values.length} values for ${columns.length} columns` }
  return { line, record: Object.fromEntries(columns.map((name, index) => [name, values[index]])) }
}

/** The non-empty records, each with the number of its first line in the file. */
async function* recordsOf(file: TextFile): AsyncGenerator<Record> {
  /** The lines of a quoted value that is not closed yet. */
  let open: (Line & { marks: number }) | undefined
  for await (const next of file.lines({ cr: true })) {
    if (next.problem === 'is too long') throw tooLong(file, open ?? next)
    if (open) {
      const text: string = open.text + open.end + next.text
      const marks: number = open.marks + marksIn(next.text)
      open = { ...open, ...(next.problem ? { problem: next.problem } : {}), text, marks, end: next.end }
      if (text.length > maxLineLength) throw notClosed(file, open)
      if (marks % 2 === 1) continue
    }
    const { line, text, problem } = open ?? next
    const values = readCsvRecord(text)
    if (values === 'open') open = { ...next, marks: marksIn(text) }
    else if (values !== 'faulty') {
      open = undefined
      if (problem) yield { line, problem: `${problem}: save the file as UTF-8` }
      else if (values.length > 1 || values[0] !== '') yield { line, values }
    } else if (open) throw notClosed(file, open)
    else yield { line, problem: 'has a quotation mark that neither encloses a value nor is doubled' }
  }
  if (open) throw notClosed(file, open)
}

// The end of the value is not guessed, because the following text may be user input.
const notClosed = ({ path }: TextFile, { line }: Line) =>
  new CommandError(
    `${path} cannot be read from line ${line} on: a quoted value is not closed, or a quotation mark inside it is not doubled.`
  )

const tooLong = ({ path }: TextFile, { line }: Line) =>
  new CommandError(`${path} cannot be read from line ${line} on: a line has more than ${maxLineLength} bytes.`)

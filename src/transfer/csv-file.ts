import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CsvError, type Options, parse } from 'csv-parse'
import { Problem } from '../errors.ts'
import type { Source, SourceRow } from './source.ts'
import { openTextFile, type TextFile } from './text-file.ts'

const maxRecordLength = 128_000

interface Line {
  line: number
  values: string[]
}

/**
 * Accounts from a file of comma-separated values (RFC 4180), whose first line names the columns. Throws a Problem when
 * it does not, and what `openTextFile` throws; and while it is read, when the quotation marks are wrong.
 */
export async function openCsv(path: string): Promise<Source> {
  const file = await openTextFile(path)
  const columns = await headerOf(file)
  return {
    name: path,
    unit: 'line',
    columns,
    async *rows() {
      let isHeader = true
      for await (const { line, values } of linesOf(file)) {
        if (isHeader) isHeader = false
        else yield toRow(line, values, columns)
      }
    },
    fraction: file.fraction,
    close: async () => {}
  }
}

async function headerOf(file: TextFile): Promise<string[]> {
  for await (const { values } of linesOf(file)) {
    const twice = values.find((name, index) => values.indexOf(name) !== index)
    if (twice !== undefined) throw new Problem(422, `${file.path} has two columns that are named ${twice}.`)
    return values
  }
  throw new Problem(422, `${file.path} is empty: its first line has to name the columns.`)
}

function toRow(line: number, values: string[], columns: string[]): SourceRow {
  if (values.length !== columns.length)
    return { line, problem: `has ${values.length} values, and there are ${columns.length} columns` }
  return { line, record: Object.fromEntries(columns.map((name, index) => [name, values[index]])) }
}

/** The lines that are not empty, each with the number of its first line in the file. */
async function* linesOf(file: TextFile): AsyncGenerator<Line> {
  let nextLine = 1
  const options: Options<Line, string[]> = {
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    max_record_size: maxRecordLength,
    // Counted here, because the parser takes a CRLF between quotation marks for two lines.
    on_record(values) {
      const line = nextLine
      nextLine += 1 + values.reduce((count, value) => count + lineBreaksIn(value), 0)
      return values.length === 1 && values[0] === '' ? null : { line, values }
    }
  }
  // Its types know nothing of an `on_record` that makes something else of a list.
  const parser = parse(options as object)
  const reading = pipeline(Readable.from(file.text()), parser)
  // Whoever iterates hears of it from the parser.
  reading.catch(() => {})
  try {
    yield* parser as AsyncIterable<Line>
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw new Problem(
      422,
      `${file.path} is not CSV from line ${nextLine} on (${error.code}): look for a quotation mark that is not closed, or not doubled inside of a value.`
    )
  }
}

const lineBreaksIn = (text: string) => text.match(/\r\n|\n|\r/g)?.length ?? 0

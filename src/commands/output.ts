import { visible } from '../base/visible.ts'
import type { Terminal } from './terminal.ts'

/** A value that a table can show in one cell. */
export type Cell = string | number | boolean | string[] | Record<string, unknown> | null

/** The option of every command that prints a result. */
export interface OutputOptions {
  json?: boolean
}

/** Prints records as JSON, or as a table with one column for each member, whose lines `paint` may colour. */
export function printRecords<T extends Record<string, Cell>>(
  terminal: Terminal,
  records: T[],
  options: OutputOptions,
  paint: (line: string, record: T) => string = line => line
) {
  if (options.json) return terminal.print(JSON.stringify(records, null, 2))
  const [first] = records
  if (!first) return terminal.print('(none)')
  const names = Object.keys(first)
  const rows = [names, ...records.map(record => Object.values(record).map(showCell))]
  const widths = names.map((_, column) => rows.reduce((width, row) => Math.max(width, String(row[column]).length), 0))
  const lines = rows.map(row =>
    widths
      .map((width, column) => row[column]?.padEnd(width))
      .join('  ')
      .trimEnd()
  )
  for (const [at, line] of lines.entries()) {
    const record = records[at - 1]
    terminal.print(record ? paint(line, record) : line)
  }
}

/** Prints one record as JSON, or with one line for each member. */
export function printRecord(terminal: Terminal, record: Record<string, Cell>, options: OutputOptions) {
  if (options.json) return terminal.print(JSON.stringify(record, null, 2))
  const width = Math.max(...Object.keys(record).map(name => name.length))
  for (const [name, value] of Object.entries(record)) terminal.print(`${name.padEnd(width)}  ${showCell(value)}`)
}

/** Prints the result of a command: `record` as JSON, or `sentence`. */
export function printOutcome(
  terminal: Terminal,
  sentence: string,
  record: Record<string, Cell>,
  options: OutputOptions
) {
  if (options.json) printRecord(terminal, record, options)
  else terminal.print(terminal.named(visible(sentence)))
}

function showCell(value: Cell): string {
  if (Array.isArray(value)) return visible(value.join(' '))
  if (value === null) return '-'
  return visible(typeof value === 'object' ? JSON.stringify(value) : String(value))
}

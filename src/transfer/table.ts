import type { Source } from './source.ts'

/** A table of another application; the store opens it. */
export interface Table {
  name: string
  columns: string[]
  count: number
  rows(columns: string[]): AsyncIterable<Record<string, unknown>>
  close(): Promise<void>
}

/** Accounts from a table. Rows are numbered in the order in which they are read. */
export function tableSource({ name, columns, count, rows, close }: Table): Source {
  let line = 0
  return {
    name,
    unit: 'row',
    columns,
    async *rows(wanted) {
      line = 0
      for await (const record of rows(wanted)) yield { line: ++line, record }
    },
    fraction: () => Math.min(line / count, 1),
    close
  }
}

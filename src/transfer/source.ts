/** One entry of a source: a record, or why it cannot be read. */
export type SourceRow = { line: number } & ({ record: Record<string, unknown> } | { problem: string })

/** A source of accounts. */
export interface Source {
  /** Its name for messages, without a password. */
  name: string
  /** What one of its entries is called. */
  unit: 'line' | 'row'
  /** The names that its records have; `undefined` when it has no record and no header names them. */
  columns: string[] | undefined
  /** All entries from the beginning; can be called again. A record has at least `columns`, if it can. */
  rows(columns: string[]): AsyncIterable<SourceRow>
  /** The part that has been read, from 0 to 1. */
  fraction(): number
  close(): Promise<void>
}

/** One entry of a source: a record, or why it cannot be read. */
export type SourceRow = { line: number } & ({ record: Record<string, unknown> } | { problem: string })

/** A source of accounts. */
export interface Source {
  /** Its name in messages, without a password. */
  name: string
  /** The name of an entry in messages. */
  unit: 'line' | 'row'
  /** The names that its records have; `undefined` when it has no record and no header names them. */
  columns: string[] | undefined
  /** All entries, from the beginning at each call. A record has at least `columns`, if they exist. */
  rows(columns: string[]): AsyncIterable<SourceRow>
  /** The part that has been read, from 0 to 1. */
  fraction(): number
  close(): Promise<void>
}

/** What is at one place of a source: a record, or why it cannot be read as one. */
export type SourceRow = { line: number } & ({ record: Record<string, unknown> } | { problem: string })

/** Where accounts come from. */
export interface Source {
  /** What to call it; holds no password. */
  name: string
  /** What a place in it is called. */
  unit: 'line' | 'row'
  /** The names that its records have; `undefined` where it has no record, and nothing names them. */
  columns: string[] | undefined
  /** Everything in it, from the beginning; may be asked for again. A record has at least `columns`, if it can. */
  rows(columns: string[]): AsyncIterable<SourceRow>
  /** How much of it has been read, from 0 to 1. */
  fraction(): number
  close(): Promise<void>
}

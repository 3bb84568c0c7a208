import type { Opened } from '../../base/sealing.ts'

/** How many rows `secret` opens, how many only `secondSecret`, and how many neither. */
export interface SealedCount {
  current: number
  second: number
  neither: number
}

interface Sealing<Row> {
  seal(text: string, row: Row): string
  open(sealed: string, row: Row): Opened | undefined
}

/** Which secret opens the sealed text of a row. */
export function stateOf<Row>({ open }: Pick<Sealing<Row>, 'open'>, row: Row & { sealed: string }): keyof SealedCount {
  const opened = open(row.sealed, row)
  if (!opened) return 'neither'
  return opened.isCurrent ? 'current' : 'second'
}

/** All rows of one kind that the database keeps sealed: `next` reads those after a place, and `replace` changes one. */
export function createSealedKind<Row extends { place: string; sealed: string }>(
  sealing: Sealing<Row>,
  next: (after?: string) => Promise<Row[]>,
  replace: (row: Row, sealed: string) => Promise<boolean>
) {
  async function* pages(): AsyncGenerator<Row[]> {
    for (let rows = await next(); rows.length > 0; rows = await next(rows.at(-1)?.place)) yield rows
  }

  async function reseal(row: Row): Promise<boolean> {
    const opened = sealing.open(row.sealed, row)
    return opened?.isCurrent === false && (await replace(row, sealing.seal(opened.text, row)))
  }

  return {
    async count(): Promise<SealedCount> {
      const found = { current: 0, second: 0, neither: 0 }
      for await (const rows of pages()) for (const row of rows) found[stateOf(sealing, row)]++
      return found
    },

    /** Seals with the first secret what the second opens. Yields how many rows of each step have changed. */
    async *reseal(): AsyncGenerator<number> {
      for await (const rows of pages()) yield (await Promise.all(rows.map(reseal))).filter(Boolean).length
    },

    /** The rows that neither secret opens, some at a time. */
    async *unreadable(): AsyncGenerator<Row[]> {
      for await (const rows of pages()) yield rows.filter(row => stateOf(sealing, row) === 'neither')
    }
  }
}

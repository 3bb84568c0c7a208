import { type Cell, csvOf } from '../csv.ts'
import { pagesOf } from '../paging.ts'
import { texts } from '../texts.ts'
import { notify } from './notices.tsx'
import { Stepwise } from './stepwise.tsx'

const t = texts.csv

/** The most rows of one file, which the browser keeps in memory until it is complete. */
const most = 100_000

/**
 * A button that saves a list of the API as CSV. `columns` has the name of each, and its cell in the row of an item.
 * `command` prints the whole list on the server.
 */
export function SaveCsv<T>(props: {
  name: string
  command: string
  columns: Record<string, (item: T) => Cell>
  read: (
    page: { limit: number; cursor?: string },
    signal: AbortSignal
  ) => Promise<{ items: T[]; next_cursor: string | null }>
}) {
  const { name, command, columns, read } = props
  async function save(signal: AbortSignal, report: (rows: number) => void) {
    const cells = Object.values(columns)
    const rows: Cell[][] = []
    let isCut = false
    for await (const { items, next_cursor } of pagesOf(start => read({ limit: 100, ...start }, signal))) {
      rows.push(...items.map(item => cells.map(cell => cell(item))))
      report(rows.length)
      isCut = next_cursor !== null
      if (rows.length >= most) break
    }
    const day = new Date().toISOString().slice(0, 10)
    saveAs(`${name}-${day}.csv`, new Blob([csvOf([Object.keys(columns), ...rows])], { type: 'text/csv' }))
    notify(isCut ? t.savedSome(rows.length, command) : t.saved(rows.length))
  }
  return <Stepwise label={t.label} progress={t.progress} run={save} />
}

/** Has the browser save a file. */
function saveAs(name: string, content: Blob) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  // The browser begins to read it in a later task.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

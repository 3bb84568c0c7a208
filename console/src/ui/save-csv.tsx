import { type Cell, csvOf } from '../csv.ts'
import { pagesOf, type ReadPage } from '../paging.ts'
import { texts } from '../texts.ts'
import { notify } from './notices.tsx'
import { Stepwise } from './stepwise.tsx'

const t = texts.csv

/** The most rows of one file, which the browser keeps in memory until it is complete. */
const most = 100_000

/**
 * A button that saves a list of the API as CSV, with the members `columns` of its items. `command` prints the whole list
 * on the server.
 */
export function SaveCsv<T>(props: { name: string; command: string; columns: (keyof T & string)[]; read: ReadPage<T> }) {
  const { name, command, columns, read } = props
  async function save(signal: AbortSignal, report: (rows: number) => void) {
    const rows: Cell[][] = []
    let isCut = false
    for await (const { items, next_cursor } of pagesOf(start => read({ limit: 100, ...start }, signal))) {
      rows.push(...items.map(item => columns.map(column => cellOf(item[column]))))
      report(rows.length)
      isCut = next_cursor !== null
      if (rows.length >= most) break
    }
    const day = new Date().toISOString().slice(0, 10)
    saveAs(`${name}-${day}.csv`, new Blob([csvOf([columns, ...rows])], { type: 'text/csv' }))
    notify(isCut ? t.savedSome(rows.length, command) : t.saved(rows.length))
  }
  return <Stepwise label={t.label} progress={t.progress} run={save} />
}

/** The text of a member: that of a list has spaces between its items, and that of an object is JSON. */
function cellOf(value: unknown): Cell {
  if (Array.isArray(value)) return value.join(' ')
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : (value as Cell)
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

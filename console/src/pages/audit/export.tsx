import { api, ok } from '../../api.ts'
import { pagesOf } from '../../paging.ts'
import { texts } from '../../texts.ts'
import { notify } from '../../ui/notices.tsx'
import type { Query } from './filters.ts'
import { Stepwise } from './stepwise.tsx'

const t = texts.audit.exports

/** The most events of one file, which the browser keeps in memory until it is complete. */
const most = 100_000

/** Saves the events of `query` as NDJSON, one event in a line, the newest first. */
export function Export({ query }: { query: Query }) {
  async function save(signal: AbortSignal, report: (events: number) => void) {
    const lines: string[] = []
    let isCut = false
    const pages = pagesOf(start =>
      ok(api.GET('/audit', { params: { query: { ...query, limit: 100, ...start } }, signal }))
    )
    for await (const { items, next_cursor } of pages) {
      lines.push(...items.map(event => `${JSON.stringify(event)}\n`))
      report(lines.length)
      isCut = next_cursor !== null
      if (lines.length >= most) break
    }
    saveAs(`audit-${new Date().toISOString().slice(0, 10)}.ndjson`, new Blob(lines, { type: 'application/x-ndjson' }))
    notify(isCut ? t.savedSome(lines.length) : t.saved(lines.length))
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

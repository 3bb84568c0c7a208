import { api, ok } from '../api.ts'
import { pagesOf } from '../paging.ts'
import type { Count, Range } from './bars.ts'

/** The most requests for one plot; each counts a hundred thousand events. */
const mostPages = 50

/** The counts of the events of a range. */
export interface Counts {
  range: Range
  items: Count[]
  /** Whether older events of the range are not among them. */
  isCut: boolean
}

/** Counts the events of `range`, all or those with `action`, the newest first. */
export async function readCounts(range: Range, action = ''): Promise<Counts> {
  const [since, until] = [new Date(range.since).toISOString(), new Date(range.until).toISOString()]
  const filter = { by: range.by, since, until, ...(action && { action }) }
  const items: Count[] = []
  let isCut = false
  const pages = pagesOf(
    start => ok(api.GET('/audit/counts', { params: { query: { ...filter, ...start } } })),
    mostPages
  )
  for await (const page of pages) {
    items.push(...page.items)
    isCut = page.next_cursor !== null
  }
  return { range, items, isCut }
}

import type { Page, PageQuery } from '../auth/pagination.ts'

const pageSize = 500

/** Every item of a paginated list. */
export async function allOf<T>(page: (query: PageQuery) => Promise<Page<T>>): Promise<T[]> {
  let { items, next_cursor } = await page({ limit: pageSize })
  while (next_cursor !== null) {
    const next = await page({ limit: pageSize, cursor: next_cursor })
    items.push(...next.items)
    next_cursor = next.next_cursor
  }
  return items
}

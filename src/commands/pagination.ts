import type { Page, PageQuery } from '../auth/pagination.ts'

const pageSize = 500

/** Every item of a paginated list. */
export const allOf = <T>(page: (query: PageQuery) => Promise<Page<T>>) => firstOf(Number.POSITIVE_INFINITY, page)

/** The first `count` items of a paginated list, or all if there are fewer. */
export async function firstOf<T>(count: number, page: (query: PageQuery) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = []
  let cursor: string | undefined
  while (items.length < count) {
    const found = await page({ limit: Math.min(count - items.length, pageSize), cursor })
    items.push(...found.items)
    if (found.next_cursor === null) break
    cursor = found.next_cursor
  }
  return items
}

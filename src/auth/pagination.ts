import { invalidMember } from '../errors.ts'

/** How many items of a list to return, and the cursor to start after. */
export interface PageQuery {
  limit: number
  cursor?: string | undefined
}

/** One page of a list. `next_cursor` is the cursor of the next page, or `null` on the last page. */
export interface Page<T> {
  items: T[]
  next_cursor: string | null
}

/**
 * A page of a list sorted by name. The cursor is the last name of a page, so rows that are added or deleted between
 * requests do not shift the pages. `find` returns up to `count` rows whose names sort after `after`. Throws a 400 about
 * an invalid cursor.
 */
export async function pageByName<Row, T>(
  { limit, cursor }: PageQuery,
  find: (after: string, count: number) => Promise<Row[]>,
  { nameOf, describe }: { nameOf: (row: Row) => string; describe: (row: Row) => T }
): Promise<Page<T>> {
  // The extra row shows that there is a next page.
  const rows = await find(cursor === undefined ? '' : nameIn(cursor), limit + 1)
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return { items: shown.map(describe), next_cursor: last ? cursorOf(nameOf(last)) : null }
}

const cursorOf = (name: string) => Buffer.from(name).toString('base64url')

function nameIn(cursor: string): string {
  const name = Buffer.from(cursor, 'base64url').toString()
  // PostgreSQL rejects text with a NUL, and bytes that are not UTF-8 do not survive decoding and encoding.
  if (name.includes('\0') || cursorOf(name) !== cursor)
    throw invalidMember('/cursor', 'must be the next_cursor of a page')
  return name
}

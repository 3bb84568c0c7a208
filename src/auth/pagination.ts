import { invalidMember } from '../base/errors.ts'

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
 * A page of a list sorted by name, or by another unique text. The cursor is the last name of a page, so rows that are
 * added or deleted between requests do not shift the pages. `find` returns up to `limit` rows whose names sort after
 * `after`, and the name after which the next page begins. Throws a 400 about an invalid cursor.
 */
export async function pageByName<Row, T>(
  { limit, cursor }: PageQuery,
  find: (after: string, limit: number) => Promise<{ rows: Row[]; next?: string }>,
  describe: (row: Row) => T
): Promise<Page<T>> {
  const { rows, next } = await find(cursor === undefined ? '' : nameIn(cursor), limit)
  return { items: rows.map(describe), next_cursor: next === undefined ? null : cursorOf(next) }
}

const cursorOf = (name: string) => Buffer.from(name).toString('base64url')

function nameIn(cursor: string): string {
  const name = Buffer.from(cursor, 'base64url').toString()
  // PostgreSQL rejects text with a NUL, and bytes that are not UTF-8 do not survive decoding and encoding.
  if (name.includes('\0') || cursorOf(name) !== cursor)
    throw invalidMember('/cursor', 'must be the next_cursor of a page')
  return name
}

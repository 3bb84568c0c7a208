import { invalidMember } from '../errors.ts'

/** How much of a list is asked for, and from where on. */
export interface PageQuery {
  limit: number
  cursor?: string | undefined
}

/** Some of a list; `next_cursor` asks for what comes after, and is null at the end. */
export interface Page<T> {
  items: T[]
  next_cursor: string | null
}

/** The page of `rows`, of which one more than `limit` was read: that tells whether there is a next one. */
export function pageOf<Row, T>(
  rows: Row[],
  limit: number,
  { cursorOf, describe }: { cursorOf: (row: Row) => string; describe: (row: Row) => T }
): Page<T> {
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return { items: shown.map(describe), next_cursor: last ? cursorOf(last) : null }
}

/**
 * A page of a list in the order of names, which stays whole whatever is added or deleted meanwhile: a cursor is the last name.
 * `find` gives up to `count` rows after a name. Throws a 400 about an invalid cursor.
 */
export async function pageByName<Row, T>(
  { limit, cursor }: PageQuery,
  find: (after: string, count: number) => Promise<Row[]>,
  { nameOf, describe }: { nameOf: (row: Row) => string; describe: (row: Row) => T }
): Promise<Page<T>> {
  const rows = await find(cursor === undefined ? '' : nameIn(cursor), limit + 1)
  return pageOf(rows, limit, { cursorOf: row => cursorOf(nameOf(row)), describe })
}

const cursorOf = (name: string) => Buffer.from(name).toString('base64url')

function nameIn(cursor: string): string {
  const name = Buffer.from(cursor, 'base64url').toString()
  // PostgreSQL takes no NUL, and what is not UTF-8 does not come back as it was.
  if (name.includes('\0') || cursorOf(name) !== cursor)
    throw invalidMember('/cursor', 'is not the next_cursor of a page')
  return name
}

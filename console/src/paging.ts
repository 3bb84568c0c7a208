/** A page of a list of the API. */
export interface ListPage<T> {
  items: T[]
  next_cursor: string | null
}

/** Reads a page of a list; `page` is a part of the query, with the cursor of the page before. */
export type ReadPage<T> = (page: { cursor?: string }) => Promise<ListPage<T>>

/**
 * The pages of a list of the API, from the first, and at most so many. `read` gets the cursor of the page before as a
 * member of the query.
 */
export async function* pagesOf<Page extends { next_cursor: string | null }>(
  read: (start: { cursor?: string }) => Promise<Page>,
  most = Number.POSITIVE_INFINITY
): AsyncGenerator<Page, void> {
  let page = await read({})
  yield page
  for (let count = 1; page.next_cursor !== null && count < most; count++) {
    page = await read({ cursor: page.next_cursor })
    yield page
  }
}

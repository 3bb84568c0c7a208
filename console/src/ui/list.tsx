import { texts } from '../texts.ts'
import { Action } from './action.tsx'
import { Loaded, type usePages } from './loading.tsx'
import { Table, type TableOf } from './page.tsx'

/** A list of the API as a table, with a button for its next page. */
export function List<T>({ pages, ...table }: Omit<TableOf<T>, 'items'> & { pages: ReturnType<typeof usePages<T>> }) {
  return (
    <Loaded load={pages}>
      {({ items, next_cursor }) => (
        <>
          <Table items={items} {...table} />
          <footer class="list">
            {items.length > 0 && (
              <p role="status">
                {next_cursor === null ? texts.common.allShown(items.length) : texts.common.moreLeft(items.length)}
              </p>
            )}
            {next_cursor !== null && <Action label={texts.common.more} run={pages.more} />}
          </footer>
        </>
      )}
    </Loaded>
  )
}

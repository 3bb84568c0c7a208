import type { ComponentChildren } from 'preact'
import { texts } from '../texts.ts'
import { Action } from './action.tsx'
import { Loaded, type usePages } from './loading.tsx'
import { Empty } from './page.tsx'

/** A list of the API with a button for its next page. `empty` says what to do when it has no entries. */
export function List<T>(props: {
  pages: ReturnType<typeof usePages<T>>
  empty: ComponentChildren
  children: (items: T[]) => ComponentChildren
}) {
  const { pages, empty, children } = props
  return (
    <Loaded load={pages}>
      {({ items, next_cursor }) => (
        <>
          {items.length === 0 ? <Empty>{empty}</Empty> : children(items)}
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

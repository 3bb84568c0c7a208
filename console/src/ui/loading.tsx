import type { ComponentChildren } from 'preact'
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { explain } from '../explain.ts'
import type { ListPage, ReadPage } from '../paging.ts'
import { texts } from '../texts.ts'
import { user } from '../who.ts'
import { Action } from './action.tsx'
import { Table, type TableOf } from './page.tsx'

/** The data that a page reads from the server: nothing yet, a value, or an error. */
export interface Load<T> {
  value: T | undefined
  error: unknown
  /** Reads it again; the page shows the old value until then. */
  reload(): Promise<void>
  /** Shows a value that an action has returned, unless one of `deps` has changed since then. */
  set(value: T): void
  /** Shows what `read` makes of the shown value, unless it has been read again since then. */
  extend(read: (shown: T) => Promise<T>): Promise<void>
}

/** Reads with `read` when the page opens, and again when one of `deps` changes. */
export function useLoad<T>(read: () => Promise<T>, deps: unknown[] = []): Load<T> {
  const [state, setState] = useState<{ value?: T; error?: unknown }>({})
  const turn = useRef(0)
  const reload = useCallback(async () => {
    turn.current++
    const mine = turn.current
    try {
      const value = await read()
      // A slower answer to an earlier question is too late.
      if (mine === turn.current) setState({ value })
    } catch (error) {
      if (mine === turn.current) setState(({ value }) => ({ ...(value !== undefined && { value }), error }))
    }
  }, deps)
  const latest = useRef(reload)
  latest.current = reload
  const set = (value: T) => {
    if (latest.current !== reload) return
    // The answer to an earlier question is older than this value.
    turn.current++
    setState({ value })
  }
  const extend = async (read: (shown: T) => Promise<T>) => {
    if (state.value === undefined) return
    const before = turn.current
    const value = await read(state.value)
    if (turn.current === before) setState({ value })
  }
  useEffect(() => {
    setState({})
    void reload()
  }, [reload])
  return { value: state.value, error: state.error, reload, set, extend }
}

/** Reads as `useLoad` does, and again after each `everyMs` milliseconds while the page is visible and its user signed in. */
export function useLive<T>(read: () => Promise<T>, everyMs: number): Load<T> {
  const load = useLoad(read)
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible' && user.value) void load.reload()
    }, everyMs)
    return () => clearInterval(timer)
  }, [])
  return load
}

/** Shows the value, or that it is loading, or why it could not be read, with a button to try again. */
export function Loaded<T>({ load, children }: { load: Load<T>; children: (value: T) => ComponentChildren }) {
  const { value, error, reload } = load
  return (
    <>
      <div role="alert" class="fault">
        {error !== undefined && explain(error)}
      </div>
      {error !== undefined && <Action label={texts.common.retry} run={reload} />}
      {value !== undefined && children(value)}
      {value === undefined && error === undefined && <p class="loading">{texts.common.loading}</p>}
    </>
  )
}

/** A list that is read page by page. */
export function usePages<T>(read: ReadPage<T>, deps: unknown[] = []) {
  /** Pages may be empty and have a successor, because one request searches a bounded number of rows. */
  const readSome = async (start: { cursor?: string }): Promise<ListPage<T>> => {
    let page = await read(start)
    for (let tries = 0; page.items.length === 0 && page.next_cursor !== null && tries < 20; tries++)
      page = await read({ cursor: page.next_cursor })
    return page
  }
  const load = useLoad(() => readSome({}), deps)
  const more = () =>
    load.extend(async shown => {
      if (shown.next_cursor === null) return shown
      const { items, next_cursor } = await readSome({ cursor: shown.next_cursor })
      return { items: [...shown.items, ...items], next_cursor }
    })
  return { ...load, more }
}

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

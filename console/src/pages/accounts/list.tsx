import { useEffect, useState } from 'preact/hooks'
import { Link, useLocation, useSearchParams } from 'wouter-preact'
import { api, ok, type User } from '../../api.ts'
import type { ReadPage } from '../../paging.ts'
import { texts } from '../../texts.ts'
import { Page, SaveCsv, usePages } from '../../ui.ts'
import { can } from '../../who.ts'
import { addressOf, filterOf, queryOf } from './filter.ts'
import { useOwnId } from './own-id.ts'
import { Rows } from './rows.tsx'
import { Search } from './search.tsx'
import { Selection } from './selection.tsx'

const t = texts.accounts

/** The columns of the CSV file. */
const columns = [
  ...(['id', 'username', 'full_name', 'email', 'email_verified', 'disabled', 'invited_at', 'created_at'] as const),
  'scopes' as const
]

/** The list of all accounts, with a search, and actions for several of them. */
export function AccountList() {
  const [params] = useSearchParams()
  const [, navigate] = useLocation()
  const filter = filterOf(params)
  const address = addressOf(filter)
  const { ownId, isRead } = useOwnId()
  const [selected, select] = useState<ReadonlySet<string>>(new Set())
  const read: ReadPage<User> = (page, signal) =>
    ok(api.GET('/users', { params: { query: { ...queryOf(filter), ...page } }, ...(signal && { signal }) }))
  const pages = usePages(read, [address])
  useEffect(() => select(new Set()), [address])

  const items = pages.value?.items ?? []
  const { next_cursor = null } = pages.value ?? {}
  function show(changed: User[]) {
    const byId = new Map(changed.map(account => [account.id, account]))
    pages.set({ items: items.map(account => byId.get(account.id) ?? account), next_cursor })
  }

  return (
    <Page
      title={t.title}
      actions={
        <>
          {can('users:write') && (
            <>
              <Link href="/invite" class="button main">
                {t.invite}
              </Link>
              <Link href="/new" class="button">
                {t.create}
              </Link>
            </>
          )}
          <SaveCsv name="accounts" command="sallyport users export" columns={columns} read={read} />
        </>
      }
    >
      <Search filter={filter} onChange={changed => navigate(addressOf(changed))} />
      {can('users:write') && (
        <Selection
          key={address}
          accounts={items.filter(({ id }) => selected.has(id))}
          ownId={ownId}
          select={accounts => select(new Set(accounts.map(({ id }) => id)))}
          onChange={show}
        />
      )}
      {/* The mark of the own account would move the columns if it came later. */}
      {isRead && <Rows {...{ pages, ownId, selected, select }} />}
    </Page>
  )
}

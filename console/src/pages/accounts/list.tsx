import { useEffect, useState } from 'preact/hooks'
import { Link, useLocation, useSearchParams } from 'wouter-preact'
import { api, ok, type User } from '../../api.ts'
import { texts } from '../../texts.ts'
import { asTyped, Badge, Field, List, Page, Select, Time, useLoad, usePages } from '../../ui.ts'
import { can } from '../../who.ts'
import { addressOf, type Filter, filterOf, queryOf, type Sort, type State, sorts, states } from './filter.ts'
import { AccountState, Email } from './profile.tsx'
import { Selection } from './selection.tsx'

const t = { ...texts.common, ...texts.accounts }

/** The list of all accounts, with a search, and actions for several of them. */
export function AccountList() {
  const [params] = useSearchParams()
  const [, navigate] = useLocation()
  const filter = filterOf(params)
  const address = addressOf(filter)
  const { ownId, isRead } = useOwnId()
  const [selected, select] = useState<ReadonlySet<string>>(new Set())
  const pages = usePages(
    page => ok(api.GET('/users', { params: { query: { ...queryOf(filter), ...page } } })),
    [address]
  )
  useEffect(() => select(new Set()), [address])
  const total = useLoad(async () => ({
    count: can('audit:read') ? (await ok(api.GET('/overview'))).accounts : undefined
  }))
  const { count } = total.value ?? {}

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
        can('users:write') && (
          <>
            <Link href="/invite" class="button main">
              {t.invite}
            </Link>
            <Link href="/new" class="button">
              {t.create}
            </Link>
          </>
        )
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
      {/* The mark of the own account would move the columns if it came later, and the number of accounts the rows. */}
      {isRead && (total.value || total.error !== undefined) && (
        <>
          {count !== undefined && <p class="hint">{t.total(count)}</p>}
          <Rows {...{ pages, ownId, selected, select }} />
        </>
      )}
    </Page>
  )
}

/** The filter and the order of the list. */
function Search({ filter, onChange }: { filter: Filter; onChange: (filter: Filter) => void }) {
  const [q, setQ] = useState(filter.q)
  // The person went back to another address of the list.
  useEffect(() => setQ(filter.q), [filter.q])
  return (
    <search>
      <form
        class="inline"
        onSubmit={event => {
          event.preventDefault()
          onChange({ ...filter, q: q.trim() })
        }}
      >
        <Field
          name="q"
          label={t.search}
          type="search"
          maxLength={254}
          {...asTyped}
          value={q}
          onInput={event => setQ(event.currentTarget.value)}
        />
        <Select
          name="state"
          label={t.state}
          value={filter.state}
          options={states.map(state => [state, t[state]])}
          onChange={state => onChange({ ...filter, q: q.trim(), state: state as State })}
        />
        <Select
          name="sort"
          label={t.sort}
          value={filter.sort}
          options={sorts.map(sort => [sort, t.sorts[sort]])}
          onChange={sort => onChange({ ...filter, q: q.trim(), sort: sort as Sort })}
        />
        <button type="submit">{t.find}</button>
      </form>
    </search>
  )
}

/** The id of the account that is signed in, once it `isRead` and if it can be. */
export function useOwnId() {
  const { value, error } = useLoad(async () => ({ id: can('me') ? (await ok(api.GET('/users/me'))).id : undefined }))
  return { ownId: value?.id, isRead: value !== undefined || error !== undefined }
}

/** The accounts of the list, with a checkbox for each if the person may change them. */
function Rows(props: {
  pages: ReturnType<typeof usePages<User>>
  ownId: string | undefined
  selected: ReadonlySet<string>
  select: (ids: ReadonlySet<string>) => void
}) {
  const { pages, ownId, selected, select } = props
  // Leaves out the user's own account: selecting all is not meant to sign them out.
  const others = (pages.value?.items ?? []).map(({ id }) => id).filter(id => id !== ownId)
  const areAllSelected = others.length > 0 && others.every(id => selected.has(id))
  const toggle = (id: string) =>
    select(new Set(selected.has(id) ? [...selected].filter(o => o !== id) : [...selected, id]))
  const box = (label: string, checked: boolean, onChange: () => void) => (
    <input type="checkbox" aria-label={label} title={label} checked={checked} onChange={onChange} />
  )
  const all = box(t.selectAll, areAllSelected, () => select(new Set(areAllSelected ? [] : others)))
  return (
    <List
      pages={pages}
      label={t.title}
      by="id"
      empty={t.noneFound}
      columns={[
        can('users:write') && [
          t.selection,
          ({ id, username }) => box(t.select(username), selected.has(id), () => toggle(id)),
          'top',
          all
        ],
        [
          t.username,
          ({ id, username, full_name }) => (
            <>
              <Link href={`/${id}`}>{username}</Link> {id === ownId && <Badge>{t.you}</Badge>}{' '}
              {full_name && <span class="hint">{full_name}</span>}
            </>
          ),
          'row'
        ],
        [t.email, account => <Email account={account} />, 'below'],
        [t.state, account => <AccountState account={account} />, 'top'],
        [
          t.scopes,
          ({ scopes }) => t.scopesInShort(scopes.slice(0, shown).join(', '), Math.max(0, scopes.length - shown))
        ],
        [t.created, ({ created_at }) => <Time at={created_at} />]
      ]}
    />
  )
}

/** The number of scopes in a row. */
const shown = 2

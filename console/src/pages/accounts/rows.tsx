import { Link } from 'wouter-preact'
import type { User } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Badge, List, Time, type usePages } from '../../ui.ts'
import { can } from '../../who.ts'
import { Email, State } from './profile.tsx'

const t = { ...texts.common, ...texts.accounts }

/** The accounts of the list, with a checkbox for each if the person may change them. */
export function Rows(props: {
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
          '',
          all
        ],
        [
          t.username,
          ({ id, username }) => (
            <>
              <Link href={`/${id}`}>{username}</Link> {id === ownId && <Badge>{t.you}</Badge>}
            </>
          ),
          'row'
        ],
        [t.fullName, account => account.full_name],
        [t.email, account => <Email account={account} />],
        [t.state, account => <State account={account} />],
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
const shown = 3

import { Link } from 'wouter-preact'
import type { User } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Badge, Table, Time } from '../../ui/page.tsx'
import { can } from '../../who.ts'
import { Email, State } from './badges.tsx'

const t = texts.accounts
const columns = [t.username, t.fullName, t.email, t.state, t.scopes, t.created]

/** The accounts of the list, with a checkbox for each if the person may change them. */
export function Rows(props: {
  accounts: User[]
  ownId: string | undefined
  selected: ReadonlySet<string>
  select: (ids: ReadonlySet<string>) => void
}) {
  const { accounts, ownId, selected, select } = props
  // Leaves out the user's own account: selecting all is not meant to sign them out.
  const others = accounts.map(({ id }) => id).filter(id => id !== ownId)
  const areAllSelected = others.length > 0 && others.every(id => selected.has(id))
  const toggle = (id: string) =>
    select(new Set(selected.has(id) ? [...selected].filter(o => o !== id) : [...selected, id]))
  const all = (
    <>
      <span class="visually-hidden">{t.selection}</span>
      <input
        type="checkbox"
        aria-label={t.selectAll}
        title={t.selectAll}
        checked={areAllSelected}
        onChange={() => select(new Set(areAllSelected ? [] : others))}
      />
    </>
  )
  return (
    <Table label={t.title} columns={can('users:write') ? [all, ...columns] : columns}>
      {accounts.map(account => (
        <tr key={account.id}>
          {can('users:write') && (
            <td class="select">
              <input
                type="checkbox"
                aria-label={t.select(account.username)}
                checked={selected.has(account.id)}
                onChange={() => toggle(account.id)}
              />
            </td>
          )}
          <th scope="row">
            <Link href={`/${account.id}`}>{account.username}</Link> {account.id === ownId && <Badge>{t.you}</Badge>}
          </th>
          <td>{account.full_name}</td>
          <td>
            <Email account={account} />
          </td>
          <td>
            <State account={account} />
          </td>
          <td>{inShort(account.scopes)}</td>
          <td>
            <Time at={account.created_at} />
          </td>
        </tr>
      ))}
    </Table>
  )
}

const shown = 3
const inShort = (scopes: string[]) =>
  t.scopesInShort(scopes.slice(0, shown).join(', '), Math.max(0, scopes.length - shown))

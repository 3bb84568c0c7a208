import { api, ok, type PersonalToken, type User } from '../../api.ts'
import { texts } from '../../texts.ts'
import { type Load, Loaded } from '../../ui/loading.tsx'
import { Empty, Section } from '../../ui/page.tsx'
import { TokenTable } from '../../ui/token-table.tsx'
import { can } from '../../who.ts'

const t = texts.tokens

/** The personal access tokens of an account, to delete them. */
export function Tokens(props: {
  account: User
  load: Load<{ items: PersonalToken[] }>
  reload: () => Promise<unknown>
}) {
  const { account, load, reload } = props
  async function remove(token: string) {
    await ok(api.DELETE('/users/{id}/tokens/{token}', { params: { path: { id: account.id, token } } }))
    await reload()
  }
  return (
    <Section title={t.title}>
      <Loaded load={load}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty>{t.emptyAccount}</Empty>
          ) : (
            <TokenTable tokens={items} remove={can('users:write') ? remove : undefined} />
          )
        }
      </Loaded>
    </Section>
  )
}

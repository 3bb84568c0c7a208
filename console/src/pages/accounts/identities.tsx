import { api, type Identity, ok, type User } from '../../api.ts'
import { texts } from '../../texts.ts'
import { IdentityTable } from '../../ui/identity-table.tsx'
import { type Load, Loaded } from '../../ui/loading.tsx'
import { Section } from '../../ui/page.tsx'
import { can } from '../../who.ts'

const t = texts.identities

/** The accounts elsewhere that sign in to an account, if it has any, to unlink them. */
export function Identities(props: {
  account: User
  load: Load<{ items: Identity[] }>
  reload: () => Promise<unknown>
}) {
  const { account, load, reload } = props
  async function unlink(identity: string) {
    await ok(api.DELETE('/users/{id}/identities/{identity}', { params: { path: { id: account.id, identity } } }))
    await reload()
  }
  return (
    <Loaded load={load}>
      {({ items }) =>
        items.length > 0 && (
          <Section title={t.title}>
            <IdentityTable
              identities={items}
              hint={t.unlinkHintAccount}
              unlink={can('users:write') ? unlink : undefined}
            />
          </Section>
        )
      }
    </Loaded>
  )
}

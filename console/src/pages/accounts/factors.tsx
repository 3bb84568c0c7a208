import { api, type Factor, ok, type User } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Action } from '../../ui/action.tsx'
import { type Load, Loaded } from '../../ui/loading.tsx'
import { notify } from '../../ui/notices.tsx'
import { Empty, Section, Table, Time } from '../../ui/page.tsx'
import { can } from '../../who.ts'

const t = texts.accounts

/** The second factors of an account, to remove them all for an owner who has lost them. */
export function Factors(props: {
  account: User
  load: Load<{ items: Factor[]; recovery_codes_left: number }>
  reload: () => Promise<unknown>
}) {
  const { account, load, reload } = props
  const { id, username } = account
  async function removeAll() {
    await ok(api.DELETE('/users/{id}/factors', { params: { path: { id } } }))
    await reload()
    notify(t.removedFactors(username))
  }
  const hasFactors = load.value !== undefined && load.value.items.length > 0
  return (
    <Section
      title={t.factors}
      actions={
        can('users:write') &&
        hasFactors && <Action label={t.removeFactors} confirm={t.removeFactorsHint} isDangerous run={removeAll} />
      }
    >
      <Loaded load={load}>
        {({ items, recovery_codes_left }) =>
          items.length === 0 ? (
            <Empty>{t.noFactors}</Empty>
          ) : (
            <>
              <Table label={t.factors} columns={[t.kind, t.name, t.added]}>
                {items.map(factor => (
                  <tr key={factor.id}>
                    <td>{t.kinds[factor.type]}</td>
                    <td>{factor.name}</td>
                    <td>
                      <Time at={factor.created_at} />
                    </td>
                  </tr>
                ))}
              </Table>
              <p>{t.codesLeft(recovery_codes_left)}</p>
            </>
          )
        }
      </Loaded>
    </Section>
  )
}

import { api, ifMatch, type User, versioned } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Empty, JsonEditor, JsonText, Section } from '../../ui.ts'
import { can } from '../../who.ts'

const t = { ...texts.common, ...texts.accounts }

/** The claims of an account, to change them. */
export function Claims(props: { account: User; version: string | undefined; reload: () => Promise<unknown> }) {
  const { account, version, reload } = props
  const { id, username, claims } = account
  const path = { id }
  return (
    <Section title={t.claims}>
      <p class="hint">{t.claimsHint}</p>
      {can('users:write') ? (
        <JsonEditor
          name="claims"
          title={t.claims}
          stored={{ value: claims, version }}
          submit={t.saveClaims}
          saved={t.savedClaims(username)}
          reload={reload}
          write={async (patch, seen) => {
            const params = { path, header: ifMatch(seen) }
            const changed = await versioned(api.PATCH('/users/{id}', { params, body: { claims: patch } }))
            await reload()
            return { value: changed.value.claims, version: changed.version }
          }}
        />
      ) : isEmpty(claims) ? (
        <Empty>{t.noClaims}</Empty>
      ) : (
        <JsonText value={claims} />
      )}
    </Section>
  )
}

/** The data of an account, if it has any, which only its owner changes. */
export const Data = ({ account }: { account: User }) =>
  isEmpty(account.data) ? null : (
    <Section title={t.data}>
      <p class="hint">{t.dataHint}</p>
      <JsonText value={account.data} />
    </Section>
  )

const isEmpty = (value: object) => Object.keys(value).length === 0

import { api, ifMatch, type User, versioned } from '../../api.ts'
import { texts } from '../../texts.ts'
import { JsonEditor, JsonSection } from '../../ui.ts'
import { can } from '../../who.ts'

const t = { ...texts.common, ...texts.accounts }

/** The claims of an account, to change them, and its data, if it has any, which only its owner changes. */
export function Claims(props: { account: User; version: string | undefined; reload: () => Promise<unknown> }) {
  const { account, version, reload } = props
  const { id, username, claims, data } = account
  const about = { title: t.claims, hint: t.claimsHint }
  return (
    <>
      {can('users:write') ? (
        <JsonEditor
          {...about}
          name="claims"
          stored={{ value: claims, version }}
          submit={t.saveClaims}
          saved={t.savedClaims(username)}
          reload={reload}
          write={async (patch, seen) => {
            const params = { path: { id }, header: ifMatch(seen) }
            const changed = await versioned(api.PATCH('/users/{id}', { params, body: { claims: patch } }))
            await reload()
            return { value: changed.value.claims, version: changed.version }
          }}
        />
      ) : (
        <JsonSection {...about} value={claims} empty={t.noClaims} />
      )}
      <JsonSection title={t.data} hint={t.dataHint} value={data} />
    </>
  )
}

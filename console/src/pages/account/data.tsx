import { api, ifMatch, type User, type Versioned, versioned } from '../../api.ts'
import { texts } from '../../texts.ts'
import { JsonEditor, JsonText, type Load, Section } from '../../ui.ts'

const t = { ...texts.common, ...texts.account.profile }

/** The data of the account, to change it. */
export function Data({ me, load }: { me: Versioned<User>; load: Load<Versioned<User>> }) {
  const dataOf = ({ value, version }: Versioned<User>) => ({ value: value.data, version })
  return (
    <Section title={t.data}>
      <p class="hint">{t.dataHint}</p>
      <JsonEditor
        name="data"
        title={t.data}
        stored={dataOf(me)}
        submit={t.saveData}
        saved={t.dataSaved}
        reload={load.reload}
        write={async (patch, seen) => {
          const params = { header: ifMatch(seen) }
          const changed = await versioned(api.PATCH('/users/me', { params, body: { data: patch } }))
          load.set(changed)
          return dataOf(changed)
        }}
      />
    </Section>
  )
}

/** The claims of the account, if it has any. */
export const Claims = ({ value }: { value: User['claims'] }) =>
  Object.keys(value).length === 0 ? null : (
    <Section title={t.claims}>
      <p class="hint">{t.claimsHint}</p>
      <JsonText value={value} />
    </Section>
  )

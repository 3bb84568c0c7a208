import { api, ifMatch, type User, type Versioned, versioned } from '../../api.ts'
import { texts } from '../../texts.ts'
import { JsonEditor } from '../../ui/json-editor.tsx'
import { JsonText } from '../../ui/json-text.tsx'
import { Section } from '../../ui/page.tsx'

const t = texts.account.profile

/** The data of the account, to change it. */
export function Data({ me, onChange }: { me: Versioned<User>; onChange: (me: Versioned<User>) => void }) {
  const dataOf = ({ value, version }: Versioned<User>) => ({ value: value.data, version })
  return (
    <Section title={t.data}>
      <p class="hint">{t.dataHint}</p>
      <JsonEditor
        name="data"
        title={t.data}
        rules={{ maxBytes: 4096 }}
        stored={dataOf(me)}
        submit={t.saveData}
        saved={t.dataSaved}
        overtaken={t.dataOvertaken}
        read={async () => dataOf(await versioned(api.GET('/users/me')))}
        write={async (patch, seen) => {
          const params = { header: ifMatch(seen) }
          const changed = await versioned(api.PATCH('/users/me', { params, body: { data: patch } }))
          onChange(changed)
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

import type { PersonalToken } from '../api.ts'
import { texts } from '../texts.ts'
import { Action } from './action.tsx'
import { notify } from './notices.tsx'
import { Table, Time } from './page.tsx'

const t = { ...texts.common, ...texts.tokens }

/** Personal access tokens, with a button that deletes each, if the person may. */
export function TokenTable(props: {
  items: PersonalToken[]
  empty: string
  remove?: ((token: string) => Promise<unknown>) | undefined
}) {
  const { items, empty, remove } = props
  return (
    <Table
      label={texts.account.tabs.tokens}
      items={items}
      by="id"
      empty={empty}
      columns={[
        [t.name, ({ name }) => name, 'row'],
        [t.scopes, ({ scopes }) => scopes.join(', ') || t.none],
        [t.resource, ({ resource }) => resource ?? t.anyResource],
        [t.created, ({ created_at }) => <Time at={created_at} />],
        [t.expires, ({ expires_at }) => <Time at={expires_at} />],
        [t.lastUsed, ({ last_used_at }) => <Time at={last_used_at} />],
        remove !== undefined && [
          t.actions,
          ({ id, name }) => (
            <Action
              label={t.delete}
              about={name}
              confirm={t.deleteHint}
              isDangerous
              run={() => remove(id).then(() => notify(t.deletedNow(name)))}
            />
          )
        ]
      ]}
    />
  )
}

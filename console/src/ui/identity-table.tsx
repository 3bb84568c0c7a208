import type { Identity } from '../api.ts'
import { texts } from '../texts.ts'
import { Action } from './action.tsx'
import { notify } from './notices.tsx'
import { Table, Time } from './page.tsx'

const t = { ...texts.common, ...texts.identities }

/** Accounts elsewhere, with a button that unlinks each, if the person may; `hint` says what follows. */
export function IdentityTable(props: {
  items: Identity[]
  hint: string
  unlink?: ((identity: string) => Promise<unknown>) | undefined
}) {
  const { items, hint, unlink } = props
  return (
    <Table
      label={t.title}
      items={items}
      by="id"
      empty={t.empty}
      columns={[
        [t.provider, ({ issuer }) => issuer, 'row'],
        [t.emailWhenLinked, ({ email }) => email ?? t.unknown],
        [t.subject, ({ subject }) => subject],
        [t.linked, ({ created_at }) => <Time at={created_at} />],
        unlink !== undefined && [
          t.actions,
          ({ id, email, issuer }) => (
            <Action
              label={t.unlink}
              about={email ?? issuer}
              confirm={hint}
              isDangerous
              run={() => unlink(id).then(() => notify(t.unlinkedNow))}
            />
          )
        ]
      ]}
    />
  )
}

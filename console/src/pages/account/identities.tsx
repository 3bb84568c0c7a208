import { api, type Identity, ok } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Action, Loaded, notify, Section, Table, Time, useLoad } from '../../ui.ts'

const t = { ...texts.common, ...texts.identities }

/** The linked accounts elsewhere, and whether the server accepts any. */
async function read() {
  const [{ items }, { identity_providers }] = await Promise.all([
    ok(api.GET('/users/me/identities')),
    ok(api.GET('/.well-known/oauth-authorization-server'))
  ])
  return { items, isOffered: identity_providers !== undefined }
}

/** The accounts elsewhere that sign in to the account, where the server accepts them. */
export function Identities() {
  const load = useLoad(read)
  async function unlink(id: string) {
    await ok(api.DELETE('/users/me/identities/{id}', { params: { path: { id } } }))
    await load.reload()
  }
  return (
    <Loaded load={load}>
      {({ items, isOffered }) =>
        (isOffered || items.length > 0) && (
          <Section title={t.title} hint={t.hint}>
            <IdentityTable items={items} hint={t.unlinkHint} unlink={unlink} />
          </Section>
        )
      }
    </Loaded>
  )
}

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

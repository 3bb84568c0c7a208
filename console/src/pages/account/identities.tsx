import { api, ok } from '../../api.ts'
import { texts } from '../../texts.ts'
import { IdentityTable, Loaded, Section, useLoad } from '../../ui.ts'

const t = texts.identities

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
          <Section title={t.title}>
            <p>{t.hint}</p>
            <IdentityTable items={items} hint={t.unlinkHint} unlink={unlink} />
          </Section>
        )
      }
    </Loaded>
  )
}

import { useLocation } from 'wouter-preact'
import { api, ok } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Form } from '../../ui/form.tsx'
import { Loaded, useLoad } from '../../ui/loading.tsx'
import { notify } from '../../ui/notices.tsx'
import { Page } from '../../ui/page.tsx'
import { can } from '../../who.ts'
import { changesOf, membersOf } from './changes.ts'
import { ClientFields, readScopes } from './fields.tsx'

const t = { ...texts.common, ...texts.clients }

/** The form that changes a client. */
export function EditClient({ id }: { id: string }) {
  const [, navigate] = useLocation()
  const load = useLoad(async () => {
    const [client, known] = await Promise.all([
      ok(api.GET('/clients/{id}', { params: { path: { id } } })),
      readScopes()
    ])
    return { client, known }
  }, [id])
  return (
    <Page title={load.value ? t.editTitle(load.value.client.name) : t.client}>
      {!can('clients:write') && <p>{t.mayNotWrite}</p>}
      {can('clients:write') && (
        <Loaded load={load}>
          {({ client, known }) => (
            <Form
              submit={t.save}
              onCancel={() => navigate(`/${id}`)}
              onSubmit={async values => {
                const body = changesOf(client, membersOf(values))
                const hasChanged = Object.keys(body).length > 0
                if (hasChanged) await ok(api.PATCH('/clients/{id}', { params: { path: { id } }, body }))
                navigate(`/${id}`)
                notify(hasChanged ? t.saved(body.name ?? client.name) : t.unchanged)
              }}
            >
              <p>{t.grantsEndSessions}</p>
              <ClientFields client={client} known={known} />
            </Form>
          )}
        </Loaded>
      )}
    </Page>
  )
}

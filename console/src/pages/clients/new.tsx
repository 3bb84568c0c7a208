import { useState } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { api, type Client, ok } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Form } from '../../ui/form.tsx'
import { Loaded, useLoad } from '../../ui/loading.tsx'
import { notify } from '../../ui/notices.tsx'
import { Page } from '../../ui/page.tsx'
import type { NewSecret } from '../../ui/secret-dialog.tsx'
import { can } from '../../who.ts'
import { membersOf } from './changes.ts'
import { ClientFields, readScopes } from './fields.tsx'

const t = texts.clients
const types = ['public', 'confidential'] as const

/** The usual client: an app that signs users in. */
const usual = { name: '', grants: ['password', 'refresh_token'], scopes: ['me'], dpop_bound_access_tokens: false }

/** The form that registers a client. */
export function NewClient({ onSecret }: { onSecret: (secret: NewSecret) => void }) {
  const [, navigate] = useLocation()
  const [type, setType] = useState<Client['type']>('public')
  const scopes = useLoad(readScopes)
  return (
    <Page title={t.register}>
      {can('clients:write') ? (
        <Loaded load={scopes}>
          {known => (
            <Form
              submit={t.register}
              onCancel={() => navigate('')}
              onSubmit={async values => {
                const body = { ...membersOf(values), confidential: type === 'confidential' }
                const { client_id, client_secret, name } = await ok(api.POST('/clients', { body }))
                navigate(`/${client_id}`)
                const done = t.registered(name)
                if (client_secret)
                  onSecret({ title: t.secretOf(name), hint: t.secretOnce, secret: client_secret, done })
                else notify(done)
              }}
            >
              <fieldset>
                <legend>{t.type}</legend>
                {types.map(each => (
                  <label key={each} class="check">
                    <input type="radio" name="type" checked={type === each} onChange={() => setType(each)} />
                    <span>
                      {t.types[each].label}: {t.types[each].hint}
                    </span>
                  </label>
                ))}
              </fieldset>
              <ClientFields client={{ ...usual, type }} known={known} />
            </Form>
          )}
        </Loaded>
      ) : (
        <p>{t.mayNotWrite}</p>
      )}
    </Page>
  )
}

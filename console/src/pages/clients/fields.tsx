import { api, type Client, ok } from '../../api.ts'
import { textFor, texts } from '../../texts.ts'
import { Checks } from '../../ui/checks.tsx'
import { Check, Field } from '../../ui/form.tsx'
import { can } from '../../who.ts'
import { grants } from './changes.ts'

const t = { ...texts.common, ...texts.clients }

/** A name of the protocol, and what it means. */
const explained = (name: string, meaning: string) => (
  <>
    <code>{name}</code>: {meaning}
  </>
)

/** The name of a grant; a short one for a grant whose name is a URN. */
export const grantName = (grant: string) => textFor(t.nameOfGrant, grant) ?? grant
export const explainedGrant = (grant: string) => explained(grantName(grant), textFor(t.meaningOfGrant, grant) ?? '')
export const explainedScope = (scope: string) => explained(scope, textFor(texts.scopes, scope) ?? t.ownScope)

/** The scopes that the server knows, which a form needs before it can be sent: without them, a client has no scopes. */
export const readScopes = async () => (await ok(api.GET('/.well-known/oauth-authorization-server'))).scopes_supported

/** The fields that a new client and a registered one have in common. `known` are the scopes of the server. */
export function ClientFields(props: {
  client: Pick<Client, 'name' | 'grants' | 'scopes' | 'type' | 'dpop_bound_access_tokens'>
  known: string[]
}) {
  const { client, known } = props
  return (
    <>
      <Field name="name" label={t.name} hint={t.nameHint} defaultValue={client.name} maxLength={64} required />
      <Checks
        name="grants"
        label={t.grants}
        hint={t.grantsHint}
        options={grants
          .filter(grant => client.type === 'confidential' || grant !== 'client_credentials')
          .map(grant => [grant, explainedGrant(grant)])}
        values={client.grants}
      />
      <Checks
        name="scopes"
        label={t.scopes}
        hint={t.scopesHint}
        options={[...new Set([...client.scopes, ...known.filter(can)])].map(scope => [scope, explainedScope(scope)])}
        values={client.scopes}
      />
      <fieldset>
        <legend>{t.bound}</legend>
        <Check name="dpop_bound_access_tokens" label={t.boundHint} defaultChecked={client.dpop_bound_access_tokens} />
      </fieldset>
    </>
  )
}

import { listed } from '../../ui/listed.ts'

export const grants = [
  'password',
  'refresh_token',
  'authorization_code',
  'client_credentials',
  'urn:ietf:params:oauth:grant-type:token-exchange'
] as const

interface Members<Grant> {
  name: string
  grants: Grant[]
  scopes: string[]
  dpop_bound_access_tokens: boolean
  event_details: boolean
}
type Asked = Members<(typeof grants)[number]>

/** The members of a client from the values of a form. */
export const membersOf = (values: Record<string, string>): Asked => ({
  name: values.name ?? '',
  grants: listed(values, 'grants') as Asked['grants'],
  scopes: listed(values, 'scopes'),
  dpop_bound_access_tokens: values.dpop_bound_access_tokens === 'on',
  event_details: values.event_details === 'on'
})

const isSame = (some: string[], others: string[]) =>
  some.length === others.length && some.every(each => others.includes(each))

/** The members in which `asked` differs from `client`. The others are not sent: even the same scopes end logins. */
export const changesOf = (client: Members<string>, asked: Asked): Partial<Asked> => ({
  ...(asked.name !== client.name && { name: asked.name }),
  ...(!isSame(asked.grants, client.grants) && { grants: asked.grants }),
  ...(!isSame(asked.scopes, client.scopes) && { scopes: asked.scopes }),
  ...(asked.dpop_bound_access_tokens !== client.dpop_bound_access_tokens && {
    dpop_bound_access_tokens: asked.dpop_bound_access_tokens
  }),
  ...(asked.event_details !== client.event_details && { event_details: asked.event_details })
})

/** The scopes with which a client can administer the server. */
export const privilegedOf = (scopes: string[], builtIn: Record<string, string>) =>
  scopes.filter(scope => scope !== 'me' && scope in builtIn)

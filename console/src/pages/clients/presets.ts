import { grants } from './changes.ts'

/** What the form of a new client begins with. */
export interface Preset {
  type: 'public' | 'confidential'
  grants: (typeof grants)[number][]
  scopes: string[]
  dpop_bound_access_tokens: boolean
}

const login: Preset = {
  type: 'public',
  grants: ['password', 'refresh_token', 'authorization_code'],
  scopes: ['me'],
  dpop_bound_access_tokens: false
}

/** The usual clients. A page gets a key from `@sallyport/client`; an app for phones has to bring its own. */
export const presets = {
  web: { ...login, dpop_bound_access_tokens: true },
  mobile: login,
  server: { ...login, type: 'confidential', grants: ['client_credentials'], scopes: ['introspect'] },
  script: { ...login, grants: ['urn:ietf:params:oauth:grant-type:token-exchange'] }
} satisfies Record<string, Preset>

/** The query with which the address of the form presets it. */
export const queryOf = ({ type, grants, scopes, dpop_bound_access_tokens: bound }: Preset) =>
  new URLSearchParams({ type, grants: grants.join(' '), scopes: scopes.join(' '), dpop: String(bound) }).toString()

/** The preset of a query; what it lacks is as of an app that signs users in. */
export function presetOf(query: string): Preset {
  const params = new URLSearchParams(query)
  const asked = params.get('grants')?.split(' ')
  return {
    type: params.get('type') === 'confidential' ? 'confidential' : 'public',
    grants: asked ? grants.filter(grant => asked.includes(grant)) : ['password', 'refresh_token'],
    scopes: params.get('scopes')?.split(' ') ?? ['me'],
    dpop_bound_access_tokens: params.get('dpop') === 'true'
  }
}

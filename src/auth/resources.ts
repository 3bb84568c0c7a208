import { OAuthError } from '../base/errors.ts'
import { builtInScopes } from './scopes.ts'

export type Resources = ReturnType<typeof createResources>

/** The target of an access token. */
export interface Target {
  /** The `aud` of the token. */
  audience: string | string[]
  /** The scopes of `granted` that the target knows. Throws `invalid_scope` when it knows none of them. */
  narrow(granted: string[]): string[]
}

/** An API that tokens can name as their audience (RFC 8707 §2), and the scopes that it knows. */
interface Resource {
  id: string
  scopes: string[]
}

/** The resources in the setting `RESOURCES`. Each entry is a URI and its scopes, separated by spaces. */
function parseResources(entries: string[]): Resource[] {
  const found = new Map<string, string[]>()
  for (const entry of entries) {
    const [id = '', ...scopes] = entry.split(' ')
    found.set(id, [...(found.get(id) ?? []), ...scopes])
  }
  return [...found].map(([id, scopes]) => ({ id, scopes }))
}

/** Every resource that a token request can name: this server, and those of the settings. */
export const resourcesOf = (config: { issuer: string; resources: string[] }): Resource[] => [
  { id: config.issuer, scopes: Object.keys(builtInScopes) },
  ...parseResources(config.resources)
]

/** Finds the target of a token request (RFC 8707 §2). */
export function createResources(config: { issuer: string; audience: string; resources: string[] }) {
  const { issuer, audience } = config
  const known = new Map(resourcesOf(config).map(({ id, scopes }) => [id, scopes]))
  const anywhere: Target = {
    audience: audience === issuer ? issuer : [issuer, audience],
    narrow: granted => granted
  }

  return {
    /**
     * The target that the parameter `resource` names. Without it, a token is for this server and, if it is set, for
     * `AUDIENCE`. Throws `invalid_target` for a resource that is not in the settings.
     */
    find(resource: string | undefined): Target {
      if (resource === undefined) return anywhere
      const scopes = known.get(resource)
      if (!scopes) {
        throw new OAuthError('invalid_target', 'resource must be one of the protected_resources in the metadata.')
      }
      return {
        audience: resource,
        narrow(granted) {
          const narrowed = granted.filter(scope => scopes.includes(scope))
          if (narrowed.length > 0) return narrowed
          throw new OAuthError('invalid_scope', `None of the granted scopes belongs to the resource ${resource}.`)
        }
      }
    }
  }
}

/** The scopes of this server, of its resources and of the other settings, with descriptions. */
export function describeScopes(config: {
  issuer: string
  scopes: string[]
  defaultScopes: string[]
  resources: string[]
}): Record<string, string> {
  const own = [...config.scopes, ...config.defaultScopes].map(scope => [
    scope,
    'A scope of an API that trusts this server'
  ])
  const ofResources = parseResources(config.resources).flatMap(({ id, scopes }) =>
    scopes.map(scope => [scope, `A scope of ${id}`])
  )
  return Object.fromEntries([...own, ...ofResources, ...Object.entries(builtInScopes)])
}

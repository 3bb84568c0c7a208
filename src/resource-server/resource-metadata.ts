import { inEachScheme } from '../wire/authenticate-header.ts'
import { withoutQuery } from '../wire/dpop/htu.ts'
import { dpopAlgs } from '../wire/dpop-algs.ts'

/** The origin of an http or https URL without query, fragment and username; `undefined` for other text. */
export function originOf(url: string): string | undefined {
  return /^https?:\/\/[^/?#@\s]+(\/[^?#\s]*)?$/.test(url) && URL.canParse(url) ? new URL(url).origin : undefined
}

/** The part of a Fastify instance that serves the metadata. */
interface Router {
  prefix: string
  hasRoute(route: { method: 'GET'; url: string }): boolean
  get(url: string, options: { config: object; schema: object }, handler: () => Promise<object>): unknown
}

/** Marks the route of the metadata, in its `config`. */
const isMetadata = Symbol('metadata')

/**
 * Whether the route of a request is that of the metadata, which a hook for all routes must not protect. Its URL says
 * nothing: another route may serve it for other methods, and `rewriteUrl` may change the one that is served.
 */
export const isForMetadata = ({ routeOptions }: { routeOptions?: { config?: { [isMetadata]?: true } } }) =>
  routeOptions?.config?.[isMetadata] === true

/**
 * Serves the metadata of the API at `url`, whose tokens are for `audience` (RFC 9728), unless the app has a route for
 * it. Returns `undefined` when the app cannot have one: the audience is not a URL on the origin of the API, its path
 * has other characters than letters, digits and `/._~-`, or the app is a scope with a prefix.
 */
export function serveResourceMetadata(
  app: Router,
  {
    issuer,
    audience,
    url,
    dpop
  }: { issuer: string; audience: string; url: string; dpop: 'off' | 'optional' | 'required' }
) {
  const origin = originOf(audience)
  if (origin === undefined || origin !== originOf(url) || app.prefix !== '') return undefined
  const { pathname } = new URL(audience)
  if (!/^[\w./~-]*$/.test(pathname)) return undefined
  // §3.1: between the host and the path of the audience.
  const path = `/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}`
  const base = new URL(url).pathname.replace(/\/$/, '')
  const below = pathname.endsWith('/') ? pathname : `${pathname}/`
  const scopes = new Set<string>()

  const document = () => ({
    resource: audience,
    authorization_servers: [issuer],
    ...(scopes.size > 0 && { scopes_supported: [...scopes] }),
    bearer_methods_supported: ['header'],
    ...(dpop !== 'off' && { dpop_signing_alg_values_supported: [...dpopAlgs] }),
    ...(dpop === 'required' && { dpop_bound_access_tokens_required: true })
  })
  if (!app.hasRoute({ method: 'GET', url: path }))
    app.get(path, { config: { [isMetadata]: true }, schema: { hide: true } }, async () => document())

  return {
    /** Adds scopes that a route requires. */
    addScopes(required: readonly string[]): void {
      for (const scope of required) scopes.add(scope)
    },

    /**
     * The headers of an error for a request, whose `WWW-Authenticate` names the metadata (§5.1) if the audience is the URL
     * of the request or one above it. A client must not use the metadata of another one (§3.3).
     */
    inHeader(originalUrl: string, headers: Record<string, string>): Record<string, string> {
      const requested = base + withoutQuery(originalUrl)
      if (requested !== pathname && !requested.startsWith(below)) return headers
      return inEachScheme('resource_metadata', origin + path, headers)
    }
  }
}

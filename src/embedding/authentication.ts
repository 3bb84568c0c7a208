import type { FastifyInstance } from 'fastify'
import type { User } from '../auth/account/user.ts'
import { describeUser } from '../auth/account/user-description.ts'
import type { AccessTokenClaims } from '../auth/tokens/access-token-claims.ts'
import type { Caller } from '../auth/tokens/access-tokens.ts'
import { Problem } from '../base/errors.ts'
import type { ProvingRequest } from '../resource-server/access-token.ts'
import { isForMetadata, originOf, serveResourceMetadata } from '../resource-server/resource-metadata.ts'
import { isFor } from '../wire/audience.ts'
import { inSchemeOf } from '../wire/authenticate-header.ts'
import { pathOfTarget } from '../wire/dpop/htu.ts'
import { type Requirements, requirementsOf } from '../wire/requirements.ts'

/** The caller of a request. */
export interface Auth {
  /** `null` for the client_credentials grant. */
  user: User | null
  /** The client that the token was issued to. */
  client_id: string
  /** The login that the token belongs to, the `sid` of the token. */
  session_id: string
  /** The scopes that the token grants and the user still has. */
  scopes: string[]
  /** Every claim of the token. */
  claims: AccessTokenClaims
}

/** An `onRequest` hook. It reads only this part of a request, so it fits every kind of Fastify server. */
export type AuthenticateHook = (
  request: ProvingRequest & {
    headers: { authorization?: string | undefined }
    routeOptions?: { config?: object }
    auth: Auth
  },
  reply: { headers(values: Record<string, string>): unknown }
) => Promise<void>

/** The check of access tokens for the app's own routes. */
export interface Authentication {
  /**
   * A hook that accepts requests whose access token is for `audience` of the options, by default the issuer, and has
   * all of the scopes. It sets `request.auth` to the caller. A last argument such as `{ roles: ['editor'] }` requires
   * roles too, those that the caller has now, and one such as `{ acr: 'aal2', maxAge: 300 }` a strong or recent login
   * (RFC 9470), which a client that acts for itself does not have. Throws when an argument is neither a scope of RFC
   * 6749 §3.3 nor, as the last one, a Requirement.
   */
  requireScope(...requirements: Requirements): AuthenticateHook
  /**
   * The caller that an access token for `audience` of the options represents; `undefined` when the token is missing,
   * invalid, expired, revoked or for another API. A token that is bound to a key needs `request`, whose header `dpop`
   * has a proof for its method and URL (RFC 9449).
   */
  authenticate(token: string | undefined, request?: ProvingRequest): Promise<Auth | undefined>
}

/**
 * Checks access tokens for the routes of `app` with the service that is mounted at `path`, and serves the metadata of
 * the app as a protected resource (RFC 9728). `hook` is the name of the function for error messages.
 */
export function createAuthentication(
  service: FastifyInstance,
  app: FastifyInstance,
  {
    config,
    path,
    hook
  }: {
    config: { issuer: string; audience: string; dpop: 'off' | 'optional' | 'required' }
    path: string
    hook: string
  }
): Authentication {
  const { audience } = config
  const appUrl = publicUrl(config, path)
  const target = ({ method, url }: { method: string; url: string }) => ({ method, url: appUrl + pathOfTarget(url) })
  const metadata = serveResourceMetadata(app, { ...config, url: appUrl })

  const describe = ({ user, session, scopes, claims }: Caller): Auth => ({
    user: user && describeUser(user),
    client_id: session.clientId,
    session_id: session.id,
    scopes: [...scopes],
    // A copy, because the claims are cached for the next request with this token.
    claims: structuredClone(claims)
  })

  return {
    requireScope(...requirements) {
      const required = requirementsOf(requirements, hook)
      metadata?.addScopes(required.scopes)
      return async (request, reply) => {
        const { headers, method, originalUrl: url } = request
        if (isForMetadata(request)) return
        try {
          // The query of the app's own routes belongs to the app.
          const asked = { headers, method, url, query: {} }
          request.auth = describe(await service.callerOf(asked, reply, required, { audience, target }))
        } catch (error) {
          // The app's error handler may not know `headers` on an error, or set them itself.
          if (error instanceof Problem) {
            const inScheme = inSchemeOf(headers.authorization, error.headers)
            reply.headers(Object.assign(error.headers, metadata?.inHeader(url, inScheme) ?? inScheme))
          }
          throw error
        }
      }
    },

    async authenticate(token, { headers, method, originalUrl: url } = noRequest) {
      // A token from another source, such as the query of a WebSocket, may be missing or an array.
      const caller = typeof token === 'string' ? await service.accessTokens.authenticate(token) : undefined
      if (caller === undefined || !isFor(caller.claims.aud, audience)) return undefined
      const presented = { scheme: caller.claims.cnf ? 'DPoP' : 'Bearer', token: String(token) } as const
      const proof = { dpop: headers.dpop as string | undefined, ...target({ method, url }) }
      return service.dpop.findBindingFault(caller.claims, presented, () => proof) ? undefined : describe(caller)
    }
  }
}

const noRequest: ProvingRequest = { headers: {}, method: '', originalUrl: '' }

/**
 * The public URL of the app, without a slash at the end: the origin of `audience` if that is a URL on another one than
 * the issuer's, and otherwise the issuer without the path of the plugin.
 */
function publicUrl({ issuer, audience }: { issuer: string; audience: string }, path: string): string {
  const { origin } = new URL(issuer)
  const api = originOf(audience)
  if (api !== undefined && api !== origin) return api
  return issuer.endsWith(path) ? issuer.slice(0, issuer.length - path.length) : origin
}

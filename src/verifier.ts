import type { FastifyBaseLogger } from 'fastify'
import fp from 'fastify-plugin'
import type { AccessToken } from './resource-server/access-token.ts'
import { BearerError, insufficientScope } from './resource-server/bearer-error.ts'
import { bearerToken } from './resource-server/bearer-token.ts'
import { createIntrospectionCheck } from './resource-server/introspect.ts'
import { createIssuerKeys } from './resource-server/issuer-keys.ts'
import { checkOptions, checkScopes, type VerifierOptions } from './resource-server/options.ts'
import { createOfflineCheck } from './resource-server/verify-offline.ts'

export type { AccessToken } from './resource-server/access-token.ts'
export { BearerError, type BearerErrorCode } from './resource-server/bearer-error.ts'
export type { VerifierOptions } from './resource-server/options.ts'

// For APIs that trust the tokens of Sallyport. `app.requireScope(…)`: a hook that admits requests with such a token
// (RFC 6750) and puts the token on `request.accessToken`.
declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Returns an `onRequest` hook that admits requests whose access token has all of `scopes`. Without scopes, the hook
     * admits every request with a valid token. Throws when an argument is not a scope of RFC 6749 §3.3.
     */
    requireScope(...scopes: string[]): RequireScopeHook
  }
  interface FastifyRequest {
    /** The access token of the request, on routes behind `requireScope`. Other routes have none. */
    accessToken: AccessToken
  }
}

/** An `onRequest` hook for routes of every kind of server, because it needs no more of a request than this type has. */
export type RequireScopeHook = (
  request: {
    headers: { authorization?: string | undefined }
    log: Pick<FastifyBaseLogger, 'error'>
    accessToken: AccessToken
  },
  reply: { headers(values: Record<string, string>): unknown }
) => Promise<void>

export default fp<VerifierOptions>(
  async (app, given) => {
    if (app.hasDecorator('requireScope')) {
      throw new Error(
        'There is a verifier here already. For a second issuer, register each in a scope of its own: ' +
          'app.register(async scope => { await scope.register(verifier, …) }).'
      )
    }
    const options = checkOptions(given)
    const { introspect } = options
    const keepOn = (error: unknown) =>
      app.log.warn({ err: error }, 'the keys of the issuer cannot be fetched: those that are known are used on')
    const check = introspect
      ? createIntrospectionCheck(options, introspect)
      : createOfflineCheck(options, createIssuerKeys(options, keepOn))
    const logged = new WeakSet<object>()
    const complain = (log: Pick<FastifyBaseLogger, 'error'>, cause: unknown) => {
      // One failed attempt can lead to many refusals, so it is logged once.
      if (logged.has(cause as object)) return
      logged.add(cause as object)
      log.error({ err: cause }, 'access tokens cannot be checked')
    }

    app.decorateRequest('accessToken')
    app.decorate('requireScope', (...scopes: string[]): RequireScopeHook => {
      checkScopes(scopes, 'app.requireScope')
      return async (request, reply) => {
        try {
          const accessToken = await check(bearerToken(request.headers.authorization))
          if (!scopes.every(scope => accessToken.scopes.includes(scope))) throw insufficientScope(scopes)
          request.accessToken = accessToken
        } catch (error) {
          if (!(error instanceof BearerError)) throw error
          // The error handler of the app may not know this error, but its headers must reach the client.
          reply.headers(error.headers)
          if (error.statusCode === 503) complain(request.log, error.cause)
          throw error
        }
      }
    })
  },
  { name: 'sallyport-verifier', fastify: '5.x' }
)

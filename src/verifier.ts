import type { FastifyBaseLogger } from 'fastify'
import fp from 'fastify-plugin'
import type { AccessToken, ProvingRequest } from './resource-server/access-token.ts'
import {
  BearerError,
  insufficientAuthentication,
  insufficientRole,
  insufficientScope,
  noUrl
} from './resource-server/bearer-error.ts'
import { createBoundTokens } from './resource-server/bound-token.ts'
import { createIntrospectionCheck } from './resource-server/introspect.ts'
import { checkOptions, type VerifierOptions } from './resource-server/options.ts'
import { isForMetadata, serveResourceMetadata } from './resource-server/resource-metadata.ts'
import { createOfflineCheck } from './resource-server/verify-offline.ts'
import { createIssuerKeys, type OnAttempt } from './wire/issuer/issuer-keys.ts'
import { type Requirements, requirementsOf } from './wire/requirements.ts'
import { missingRole } from './wire/roles.ts'
import { isSatisfied } from './wire/step-up.ts'

export type { AccessToken } from './resource-server/access-token.ts'
export { BearerError, type BearerErrorCode } from './resource-server/bearer-error.ts'
export type { VerifierOptions } from './resource-server/options.ts'
export {
  verifyWebhook,
  WebhookError,
  type WebhookEvent,
  type WebhookOptions
} from './resource-server/verify-webhook.ts'
export type { Acr, Requirement, StepUp } from './wire/requirements.ts'

// For APIs that accept Sallyport's access tokens: `app.requireScope(…)` returns a hook that verifies the token (RFC
// 6750) and sets `request.accessToken`.
declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Returns an `onRequest` hook that admits requests whose access token has all of `scopes`. Without scopes, the hook
     * admits every request with a valid token. A last argument such as `{ roles: ['editor'] }` requires roles too (RFC
     * 9068 §2.2.3.1), and one such as `{ acr: 'aal2', maxAge: 300 }` a strong or recent login (RFC 9470). Throws when
     * an argument is neither a scope of RFC 6749 §3.3 nor, as the last one, a Requirement.
     */
    requireScope(...requirements: Requirements): RequireScopeHook
  }
  interface FastifyRequest {
    /** The access token of the request, on routes behind `requireScope`. Other routes have none. */
    accessToken: AccessToken
  }
}

/** An `onRequest` hook. It reads only this part of a request, so it fits every kind of Fastify server. */
export type RequireScopeHook = (
  request: ProvingRequest & {
    headers: { authorization?: string | undefined }
    routeOptions?: { config?: object }
    log: Pick<FastifyBaseLogger, 'error'>
    accessToken: AccessToken
  },
  reply: { headers(values: Record<string, string>): unknown }
) => Promise<void>

/**
 * The plugin: `await app.register(verifier, { issuer, audience })`. It adds `app.requireScope` and, for an API with a
 * URL of its own, its metadata (RFC 9728). Rejects with an Error that names every missing, invalid or unknown option,
 * and when this scope already has a verifier.
 */
export default fp<VerifierOptions>(
  async (app, given) => {
    if (app.hasDecorator('requireScope')) {
      throw new Error(
        'This scope already has a verifier. For a second issuer, register each verifier in its own scope: ' +
          'app.register(async scope => { await scope.register(verifier, …) }).'
      )
    }
    const options = checkOptions(given)
    const { issuer, audience, introspect, leeway, url, now } = options
    const onAttempt: OnAttempt = failed => {
      if (failed?.hasKeys)
        app.log.warn({ err: failed.error }, 'cannot fetch the keys of the issuer; using the known keys')
    }
    const check = introspect
      ? createIntrospectionCheck(options, introspect)
      : createOfflineCheck(options, createIssuerKeys(options, onAttempt))
    const boundTokens = createBoundTokens(options)
    const isApi = url !== undefined && audience !== issuer
    const metadata = isApi ? serveResourceMetadata(app, { issuer, audience, url, dpop: 'optional' }) : undefined
    const logged = new WeakSet<object>()
    const complain = (log: Pick<FastifyBaseLogger, 'error'>, cause: unknown) => {
      // One failed attempt can cause many 503 responses, but is logged once.
      if (logged.has(cause as object)) return
      logged.add(cause as object)
      log.error({ err: cause }, 'cannot verify access tokens')
    }

    app.decorateRequest('accessToken')
    app.decorate('requireScope', (...requirements: Requirements): RequireScopeHook => {
      const { scopes, roles, stepUp } = requirementsOf(requirements, 'app.requireScope')
      metadata?.addScopes(scopes)
      return async (request, reply) => {
        const { headers, originalUrl } = request
        if (isForMetadata(request)) return
        reply.headers(boundTokens.nonceHeaders(headers))
        try {
          const presented = boundTokens.present(headers.authorization)
          const accessToken = await check(presented.token)
          if (!scopes.every(scope => accessToken.scopes.includes(scope))) throw insufficientScope(scopes)
          boundTokens.assertProved(accessToken, presented, request)
          const missing = missingRole(roles, accessToken.claims)
          if (missing !== undefined) throw insufficientRole(missing)
          if (stepUp && !isSatisfied(stepUp, accessToken, now(), leeway)) throw insufficientAuthentication(stepUp)
          request.accessToken = accessToken
        } catch (error) {
          if (!(error instanceof BearerError)) throw error
          // The app's error handler may ignore the headers of an error, or set them itself.
          const inScheme = boundTokens.inScheme(headers.authorization, error.headers)
          reply.headers(Object.assign(error.headers, metadata?.inHeader(originalUrl, inScheme) ?? inScheme))
          if (error.statusCode === 503 || error.cause === noUrl) complain(request.log, error.cause)
          throw error
        }
      }
    })
  },
  { name: 'sallyport-verifier', fastify: '5.x' }
)

import { randomUUID } from 'node:crypto'
import jwt from '@fastify/jwt'
import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import type { Administrator } from '../src/auth/account/administrator.ts'
import { signingAlgs } from '../src/auth/keys/jwk.ts'
import { enrolAudience, enrolScope, scriptScopes } from '../src/auth/scopes.ts'
import {
  type AccessTokens,
  type Caller,
  createAccessTokens,
  type VerifiedToken
} from '../src/auth/tokens/access-tokens.ts'
import { forwardedTarget } from '../src/auth/tokens/forwarded-target.ts'
import type { PersonalCaller } from '../src/auth/tokens/personal-caller.ts'
import {
  createTokenRules,
  type ProofTarget,
  type ResourceRequest,
  type TokenRules
} from '../src/auth/tokens/presented-token.ts'
import { Problem } from '../src/base/errors.ts'
import type { Config } from '../src/config/config.ts'
import { isFor } from '../src/wire/audience.ts'
import { type CheckedRequirements, type Requirements, requirementsOf } from '../src/wire/requirements.ts'

// `app.authenticate(...scopes, requirement?)`: a hook that checks the access token and sets `request.caller`, which
// `request.account()`, `request.owner()` and `request.administrator()` read. `app.callerOf`: the same check for a
// request of another app. `app.callerForProxy`: for a proxy, which may send a personal access token too.
// `app.accessTokens`: the same check for a bare token.
declare module 'fastify' {
  interface FastifyInstance {
    accessTokens: AccessTokens
    /** A hook that admits requests whose access token has the scope `me`, or can only enrol a second factor. */
    authenticateToEnrol(): onRequestHookHandler
    /**
     * A hook that admits requests whose access token or personal access token has `scope`, and sets
     * `request.readerClient`.
     */
    authenticateReader(scope: string): onRequestHookHandler
    /**
     * A hook that admits requests whose access token has all of the scopes, and whose caller meets the Requirement
     * after them, if there is one. A client that acts for itself has no login. Throws when an argument is neither.
     */
    authenticate(...requirements: Requirements): onRequestHookHandler
    /**
     * The caller of a request whose access token is for `audience`, by default this server, and meets the
     * requirements. Roles are those that the caller has now, not those in the token. The proof of a token that is bound
     * to a key is for `target`, by default the path below the issuer. Rejects with the errors of RFC 6750 §3.1, RFC
     * 9449 §7.1 and RFC 9470 §3.
     */
    callerOf(
      request: ResourceRequest,
      reply: NonceReply,
      required: Partial<CheckedRequirements>,
      api?: { audience: string; target: ProofTarget }
    ): Promise<Caller>
    /**
     * The caller of a request that a proxy repeats, whose access token or personal access token is for `audience` and
     * has the scopes. Rejects with the errors of RFC 6750 §3.1 and RFC 9449 §7.1.
     */
    callerForProxy(
      request: FastifyRequest,
      reply: NonceReply,
      scopes: string[],
      audience: string
    ): Promise<Caller | PersonalCaller>
  }
  interface FastifyRequest {
    caller: Caller
    /**
     * Checks the token again, behind `authenticateReader`. Resolves to the client of an access token, and to `undefined`
     * for a personal access token. Rejects as the hook does.
     */
    readerClient(): Promise<string | undefined>
    /** The user of the access token. Throws 403 for a client's own token, which has no user. */
    account(): NonNullable<Caller['user']>
    /** The same user as the origin of a change. Throws 403 as well. */
    owner(): { actor: string } & ReturnType<FastifyRequest['visitor']>
    /** The user of the access token, or the client when it acts for itself. */
    administrator(): Administrator
  }
}

/** A reply to which the nonce for the next proof is added. */
interface NonceReply {
  headers(values: Record<string, string>): unknown
}

export default fp<{ config: Config }>(
  async (app, { config }) => {
    await app.register(jwt, {
      // The key for verification. src/auth/tokens/sign-jwt.ts signs with its own.
      secret: async ({ header: { kid, alg } }: { header: { kid?: unknown; alg?: unknown } }) => {
        const pem = await app.keys.verifier(kid)
        if (pem === undefined || app.keys.algOf(kid) !== alg) throw new UnknownKey()
        return pem
      },
      // A fixed list of algorithms (RFC 8725 §3.1). fast-jwt verifies Ed25519, which its types lack.
      // src/auth/tokens/access-tokens.ts checks `exp` and `nbf` with the injected clock.
      verify: {
        algorithms: [...signingAlgs] as 'EdDSA'[],
        allowedIss: config.issuer,
        requiredClaims: ['iss', 'aud', 'sub', 'exp', 'iat', 'jti', 'client_id'],
        ignoreExpiration: true,
        ignoreNotBefore: true,
        complete: true,
        cache: false
      }
    })

    const accessTokens = createAccessTokens({
      config,
      keys: app.keys,
      sessions: app.db.sessions,
      personalTokens: app.personalTokens,
      verify: async token => {
        try {
          return await app.jwt.verify<VerifiedToken & object>(token)
        } catch (error) {
          const { code, originalError } = error as { code?: string; originalError?: unknown }
          if (code === 'FAST_JWT_KEY_FETCHING_ERROR' && !(originalError instanceof UnknownKey)) throw originalError
          return undefined
        }
      },
      newId: randomUUID,
      now: app.clock.now
    })
    app.decorate('accessTokens', accessTokens)
    app.decorateRequest('caller')
    app.decorateRequest('readerClient')
    app.decorateRequest('account', function account(this: FastifyRequest) {
      if (!this.caller.user) throw new Problem('user_required', 'This access token belongs to a client, not to a user.')
      return this.caller.user
    })

    app.decorateRequest('owner', function owner(this: FastifyRequest) {
      return { actor: this.account().id, ...this.visitor() }
    })

    app.decorateRequest('administrator', function administrator(this: FastifyRequest) {
      const { user, session, scopes } = this.caller
      return { actor: user?.id ?? session.clientId, scopes, ip: this.ip }
    })

    // TypeScript needs the type, for the assertions.
    const rules: TokenRules = createTokenRules({ config, dpop: app.dpop, now: app.clock.now })

    const callerOf: FastifyInstance['callerOf'] = async (request, reply, required, api) => {
      const { scopes = [], roles = [], stepUp } = required
      reply.headers(app.dpop.nonceHeaders(request.headers))
      const presented = rules.present(request)
      const caller = await accessTokens.authenticate(presented.token)
      rules.assertGranted(caller, scopes, api?.audience)
      rules.assertProved(caller, presented, request, api?.target)
      const { user, session } = caller
      if (roles.length > 0) rules.assertRoles(await app.extensions.claims(user, session.clientId, caller.scopes), roles)
      rules.assertLogin(caller, stepUp)
      return caller
    }
    app.decorate('callerOf', callerOf)

    app.decorate('callerForProxy', async (request, reply, scopes, audience) => {
      reply.headers(app.dpop.nonceHeaders(request.headers))
      const presented = rules.present(request)
      const { token } = presented
      // Without an address in X-Forwarded-For from a trusted proxy, `ip` is that of the proxy.
      const ip = request.ips && request.ips.length > 1 ? request.ip : null
      const caller = (await app.personalCaller(token, ip)) ?? (await accessTokens.authenticate(token))
      rules.assertGranted(caller, scopes, audience)
      rules.assertProved(caller, presented, request, forwardedTarget)
      return caller
    })

    function authenticate(...requirements: Requirements): onRequestHookHandler {
      const required = requirementsOf(requirements, 'app.authenticate')
      const { scopes, roles, stepUp } = required
      // A callback for a known token, because a promise takes longer than everything else that the hook does.
      return (request, reply, done) => {
        reply.headers(app.dpop.nonceHeaders(request.headers))
        const presented = rules.present(request)
        accessTokens.recall(presented.token, known => {
          if (!known || (roles.length > 0 && app.extensions.hasClaims)) {
            callerOf(request, reply, required).then(caller => {
              request.caller = caller
              done()
            }, done)
            return
          }
          try {
            rules.assertGranted(known, scopes)
            rules.assertProved(known, presented, request)
            if (roles.length > 0) rules.assertRoles(known.user?.claims ?? {}, roles)
            rules.assertLogin(known, stepUp)
          } catch (error) {
            done(error as Error)
            return
          }
          request.caller = known
          done()
        })
      }
    }
    app.decorate('authenticateReader', (scope: string) => async (request, reply) => {
      reply.headers(app.dpop.nonceHeaders(request.headers))
      const presented = rules.present(request)
      const find = async () => {
        const script = await app.personalCaller(presented.token, request.ip, scriptScopes)
        const caller = script ? undefined : await accessTokens.authenticate(presented.token)
        const reader = script ?? caller
        rules.assertGranted(reader, [scope])
        return { reader, client: caller?.session.clientId }
      }
      rules.assertProved((await find()).reader, presented, request)
      request.readerClient = async () => (await find()).client
    })
    app.decorate('authenticateToEnrol', () => async (request, reply) => {
      reply.headers(app.dpop.nonceHeaders(request.headers))
      const presented = rules.present(request)
      const caller = await accessTokens.authenticate(presented.token)
      const canOnlyEnrol = caller !== undefined && isFor(caller.claims.aud, enrolAudience)
      if (canOnlyEnrol) rules.assertGranted(caller, [enrolScope], enrolAudience)
      else rules.assertGranted(caller, ['me'])
      rules.assertProved(caller, presented, request)
      request.caller = caller
    })
    // An app that mounts Sallyport may declare another type for this name.
    app.decorate('authenticate', authenticate as never)
  },
  { name: 'jwt', dependencies: ['db', 'services', 'visitor'] }
)

/**
 * The token names a key that is not published, or is for another algorithm, so it is invalid. Any other look-up error
 * is a server error.
 */
class UnknownKey extends Error {}

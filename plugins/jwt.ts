import { randomUUID } from 'node:crypto'
import jwt from '@fastify/jwt'
import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { DpopRefusal } from '../src/auth/dpop/dpop-refusal.ts'
import { signingAlgs } from '../src/auth/keys/jwk.ts'
import { isFor } from '../src/auth/resources.ts'
import { enrolAudience, enrolScope } from '../src/auth/scopes.ts'
import { insufficientAuthentication, loginOf } from '../src/auth/sessions/reauthentication.ts'
import {
  type AccessTokens,
  type Caller,
  createAccessTokens,
  type VerifiedToken
} from '../src/auth/tokens/access-tokens.ts'
import { type PresentedToken, parseAuthorization } from '../src/auth/tokens/authorization.ts'
import type { PersonalCaller } from '../src/auth/tokens/personal-caller.ts'
import type { Administrator } from '../src/auth/users/administrator.ts'
import type { Config } from '../src/config/config.ts'
import { bearerChallenge, Problem } from '../src/errors.ts'
import { type CheckedRequirements, type Requirements, requirementsOf } from '../src/resource-server/requirements.ts'
import { missingRole, roleDescription } from '../src/resource-server/roles.ts'
import { isSatisfied } from '../src/resource-server/step-up.ts'

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
     * A hook that admits requests whose access token has all of the scopes, and whose caller meets the Requirement
     * after them, if there is one. A client that acts for itself has no login. Throws when an argument is neither.
     */
    authenticate(...requirements: Requirements): onRequestHookHandler
    /**
     * The caller of a request whose access token is for `audience`, by default this server, and meets the
     * requirements. Roles are those that the caller has now, not those in the token. The proof of a token that is bound
     * to a key is for `url`, by default the path below the issuer. Rejects with the errors of RFC 6750 §3.1, RFC 9449
     * §7.1 and RFC 9470 §3.
     */
    callerOf(
      request: TokenRequest,
      required: Partial<CheckedRequirements>,
      target?: { audience: string; url: string }
    ): Promise<Caller>
    /**
     * The caller of a request that a proxy repeats, whose access token or personal access token is for `audience` and
     * has the scopes. Rejects with the errors of RFC 6750 §3.1.
     */
    callerForProxy(request: FastifyRequest, scopes: string[], audience: string): Promise<Caller | PersonalCaller>
  }
  interface FastifyRequest {
    caller: Caller
    /** The user of the access token. Throws 403 for a client's own token, which has no user. */
    account(): NonNullable<Caller['user']>
    /** The same user as the origin of a change. Throws 403 as well. */
    owner(): { actor: string; ip: string }
    /** The user of the access token, or the client when it acts for itself. */
    administrator(): Administrator
  }
}

type TokenRequest = Pick<FastifyRequest, 'headers' | 'query' | 'method' | 'url'>

export default fp<{ config: Config }>(
  async (app, { config }) => {
    await app.register(jwt, {
      // The key for verification. src/auth/tokens/sign-jwt.ts signs with its own.
      secret: async ({ header }: { header: { kid?: unknown } }) => {
        const pem = await app.keys.verifier(header.kid)
        if (pem === undefined) throw new UnknownKey()
        return pem
      },
      // A fixed list of algorithms (RFC 8725 §3.1). src/auth/tokens/access-tokens.ts checks `exp` and `nbf` with the
      // injected clock.
      verify: {
        algorithms: [...signingAlgs],
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
    app.decorateRequest('account', function account(this: FastifyRequest) {
      if (!this.caller.user) throw new Problem(403, 'This access token belongs to a client, not to a user.')
      return this.caller.user
    })

    app.decorateRequest('owner', function owner(this: FastifyRequest) {
      return { actor: this.account().id, ip: this.ip }
    })

    app.decorateRequest('administrator', function administrator(this: FastifyRequest) {
      const { user, session, scopes } = this.caller
      return { actor: user?.id ?? session.clientId, scopes, ip: this.ip }
    })

    /** Throws the refusal of a caller whose token is not for `audience`, or lacks a scope. */
    function assertGranted<T extends Caller | PersonalCaller>(
      caller: T | undefined,
      scopes: readonly string[],
      audience = config.issuer
    ): asserts caller is T {
      if (!caller) throw refusal(401, 'invalid_token', 'The access token is invalid, expired or revoked.')
      if (!isFor(caller.claims.aud, audience))
        throw refusal(401, 'invalid_token', `The access token is not for ${audience}.`)
      const lacking = scopes.find(scope => !caller.scopes.includes(scope))
      if (lacking !== undefined) {
        const scope = scopes.join(' ')
        throw refusal(403, 'insufficient_scope', `The access token lacks the scope ${lacking}.`, { scope })
      }
    }

    /**
     * Throws unless a token that is bound to a key comes with a proof of it, and another one as Bearer (RFC 9449 §7.1).
     */
    function assertProved(
      { claims: { cnf } }: Caller | PersonalCaller,
      { scheme, token }: PresentedToken,
      { method, headers }: TokenRequest,
      url: () => string
    ) {
      if (cnf === undefined) {
        if (scheme === 'Bearer') return
        throw refusal(
          401,
          'invalid_token',
          'The access token is not bound to a key. Send: Authorization: Bearer <token>.'
        )
      }
      if (scheme === 'Bearer')
        throw refusal(401, 'invalid_token', 'The access token is bound to a key. Send: Authorization: DPoP <token>.')
      try {
        const dpop = headers.dpop as string | undefined
        app.dpop.assertProof({ dpop, method, url: url() }, { token, jkt: cnf.jkt })
      } catch (error) {
        if (!(error instanceof DpopRefusal)) throw error
        throw refusal(401, error.code, error.message)
      }
    }

    const ownUrl = ({ url }: TokenRequest) => config.issuer + url

    function assertRoles(claims: Record<string, unknown>, roles: readonly string[]) {
      const missing = missingRole(roles, claims)
      if (missing !== undefined) throw refusal(403, 'insufficient_scope', roleDescription(missing))
    }

    function assertLogin(caller: Caller, stepUp: CheckedRequirements['stepUp']) {
      if (stepUp && !isSatisfied(stepUp, loginOf(caller), app.clock.now())) throw insufficientAuthentication(stepUp)
    }

    const callerOf: FastifyInstance['callerOf'] = async (request, { scopes = [], roles = [], stepUp }, target) => {
      const presented = presentedToken(request)
      const caller = await accessTokens.authenticate(presented.token)
      assertGranted(caller, scopes, target?.audience)
      assertProved(caller, presented, request, () => target?.url ?? ownUrl(request))
      const { user, session } = caller
      if (roles.length > 0) assertRoles(await app.extensions.claims(user, session.clientId, caller.scopes), roles)
      assertLogin(caller, stepUp)
      return caller
    }
    app.decorate('callerOf', callerOf)

    app.decorate('callerForProxy', async (request, scopes, audience) => {
      const presented = presentedToken(request)
      const { token } = presented
      // Without an address in X-Forwarded-For from a trusted proxy, `ip` is that of the proxy.
      const ip = request.ips && request.ips.length > 1 ? request.ip : null
      const caller = (await app.personalCaller(token, ip)) ?? (await accessTokens.authenticate(token))
      assertGranted(caller, scopes, audience)
      assertProved(caller, presented, request, () => ownUrl(request))
      return caller
    })

    function authenticate(...requirements: Requirements): onRequestHookHandler {
      const required = requirementsOf(requirements, 'app.authenticate')
      const { scopes, roles, stepUp } = required
      // A callback for a known token, because a promise takes longer than everything else that the hook does.
      return (request, reply, done) => {
        const presented = presentedToken(request)
        if (presented.scheme === 'DPoP') reply.header('DPoP-Nonce', app.dpop.nonce())
        accessTokens.recall(presented.token, known => {
          if (!known || (roles.length > 0 && app.extensions.hasClaims)) {
            callerOf(request, required).then(caller => {
              request.caller = caller
              done()
            }, done)
            return
          }
          try {
            assertGranted(known, scopes)
            assertProved(known, presented, request, () => ownUrl(request))
            if (roles.length > 0) assertRoles(known.user?.claims ?? {}, roles)
            assertLogin(known, stepUp)
          } catch (error) {
            done(error as Error)
            return
          }
          request.caller = known
          done()
        })
      }
    }
    app.decorate('authenticateToEnrol', () => async (request, reply) => {
      const presented = presentedToken(request)
      if (presented.scheme === 'DPoP') reply.header('DPoP-Nonce', app.dpop.nonce())
      const caller = await accessTokens.authenticate(presented.token)
      const canOnlyEnrol = caller !== undefined && isFor(caller.claims.aud, enrolAudience)
      if (canOnlyEnrol) assertGranted(caller, [enrolScope], enrolAudience)
      else assertGranted(caller, ['me'])
      assertProved(caller, presented, request, () => ownUrl(request))
      request.caller = caller
    })
    // An app that mounts Sallyport may declare another type for this name.
    app.decorate('authenticate', authenticate as never)
  },
  { name: 'jwt', dependencies: ['db', 'services'] }
)

/** The token names a key that is not published, so it is invalid. Any other look-up error is a server error. */
class UnknownKey extends Error {}

/** The token of the Authorization header. Tokens in the URL or the form are not accepted. */
function presentedToken({ headers, query }: TokenRequest): PresentedToken {
  const presented = parseAuthorization(headers.authorization)
  if (presented === undefined) {
    // Without Bearer credentials, the challenge has no error code (RFC 6750 §3.1).
    throw new Problem(401, 'Send an access token: Authorization: Bearer <token>.', { headers: bearerChallenge() })
  }
  if (presented === 'malformed') {
    throw refusal(400, 'invalid_request', 'The Authorization header is malformed. Send: Authorization: Bearer <token>.')
  }
  if (Object.hasOwn(query as object, 'access_token')) {
    throw refusal(400, 'invalid_request', 'Send the access token in the Authorization header only, not in the URL.')
  }
  return presented
}

const refusal = (status: number, error: string, detail: string, more: Record<string, string> = {}) =>
  new Problem(status, detail, {
    headers: bearerChallenge({ error, error_description: detail, ...more })
  })

import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createAuthSessions } from '../src/auth/login/auth-sessions.ts'
import { createAuthorizationChallenge } from '../src/auth/login/authorization-challenge.ts'
import { createAuthorizationCodes } from '../src/auth/login/authorization-codes.ts'
import { createChallenges, type PasskeyLogins } from '../src/auth/login/insufficient-authorization.ts'
import { createScopeDecision } from '../src/auth/login/login-scope.ts'
import { createChallengeSteps } from '../src/auth/login/steps.ts'
import { createUserLogin } from '../src/auth/login/user-login.ts'
import { createAuthorizationCodeGrant } from '../src/auth/tokens/grants/authorization-code.ts'
import { createClientCredentialsGrant } from '../src/auth/tokens/grants/client-credentials.ts'
import type { RequestContext } from '../src/auth/tokens/grants/grant.ts'
import { createPasswordGrant } from '../src/auth/tokens/grants/password.ts'
import { createRefreshTokenGrant } from '../src/auth/tokens/grants/refresh-token.ts'
import { createIntrospection } from '../src/auth/tokens/introspection.ts'
import { createMetadata } from '../src/auth/tokens/metadata.ts'
import { createPasswordChange } from '../src/auth/tokens/password-change.ts'
import { createRefreshTokens } from '../src/auth/tokens/refresh-tokens.ts'
import { createResources } from '../src/auth/tokens/resources.ts'
import { createRevocation } from '../src/auth/tokens/revocation.ts'
import { createTokenEndpoint, type TokenEndpoint } from '../src/auth/tokens/token-endpoint.ts'
import { createTokenResponses } from '../src/auth/tokens/token-response.ts'
import type { Config } from '../src/config/config.ts'

// `app.oauth`: the OAuth endpoints, without HTTP, and the change of a password, which issues tokens too.
// `request.requestContext()`: the request data that they need.
declare module 'fastify' {
  interface FastifyInstance {
    oauth: TokenEndpoint &
      ReturnType<typeof createAuthorizationChallenge> &
      ReturnType<typeof createRevocation> &
      ReturnType<typeof createPasswordChange> &
      ReturnType<typeof createIntrospection> & { metadata: ReturnType<typeof createMetadata> }
  }
  interface FastifyRequest {
    requestContext(reply: FastifyReply): RequestContext
  }
}

export default fp<{ config: Config }>(
  async (app, { config }) => {
    const { db, clock, users, clients, sessions, accessTokens, throttle, auditEvents, extensions, factorCodes } = app
    const { policy } = app.secondFactors
    const record = app.recordEvent
    const refreshTokens = createRefreshTokens(config)
    const tokenResponse = createTokenResponses({ accessTokens, refreshTokens })
    const resources = createResources(config)
    const passkeys: PasskeyLogins | undefined = app.passkeys
    const authSessions = createAuthSessions({ config, ...clock })
    const codes = createAuthorizationCodes({ config, ...clock })
    const challenge = createChallenges({ authSessions, passkeys })
    const decideScope = createScopeDecision(policy)
    const common = { ...clock, config, clients, decideScope, sessions, extensions, throttle, auditEvents, record }
    const login = { ...common, policy, resources, authSessions, challenge, users: db.users, spent: db.spent, codes }
    const userLogin = createUserLogin({ ...common, policy, users, codes: factorCodes })
    const steps = createChallengeSteps({ ...login, userLogin, factorCodes, passkeys })
    const grants = {
      password: createPasswordGrant({ ...login, userLogin }),
      refresh_token: createRefreshTokenGrant({ ...login, refreshTokens, onRefresh: app.metrics.refreshed }),
      client_credentials: createClientCredentialsGrant(common),
      authorization_code: createAuthorizationCodeGrant({ ...login, store: db.sessions })
    }

    async function sessionOf(token: string) {
      const id = refreshTokens.decode(token)?.sessionId
      if (id === undefined) return (await accessTokens.authenticate(token))?.session
      return (await sessions.find(id))?.session
    }

    app.decorate('oauth', {
      ...createTokenEndpoint({ ...common, grants, resources, tokenResponse }),
      ...createAuthorizationChallenge({ ...login, steps, factors: db.secondFactors, countLogin: app.countLogin }),
      ...createPasswordChange({ ...common, users, tokenResponse }),
      ...createRevocation({ ...common, sessionOf }),
      ...createIntrospection({ ...common, accessTokens, refreshTokens }),
      metadata: createMetadata(config)
    })
    app.decorateRequest('requestContext', function requestContext(this: FastifyRequest, reply: FastifyReply) {
      return new Context(this, reply)
    })
  },
  { name: 'oauth', dependencies: ['db', 'services', 'disconnected', 'passkeys', 'jwt'] }
)

/** A class, because V8 would make a hidden class for each object with a getter of its own. */
class Context implements RequestContext {
  readonly authorization: string | undefined
  readonly ip: string
  readonly userAgent: string | null
  readonly #reply: FastifyReply

  constructor({ headers, ip }: FastifyRequest, reply: FastifyReply) {
    this.authorization = headers.authorization
    this.ip = ip
    this.userAgent = headers['user-agent'] ?? null
    this.#reply = reply
  }

  /** Only password checks need the signal, and creating it has a cost. */
  get signal() {
    return this.#reply.disconnected()
  }
}

import { tokenExchangeGrant } from '../auth/clients/clients.ts'
import { createAuthorizationCodeGrant } from '../auth/grants/authorization-code.ts'
import { createBeginLogin } from '../auth/grants/begin-login.ts'
import { createClientCredentialsGrant } from '../auth/grants/client-credentials.ts'
import { createIdTokenExchange, idTokenType } from '../auth/grants/id-token.ts'
import { createPasswordGrant } from '../auth/grants/password.ts'
import { createPasswordChange } from '../auth/grants/password-change.ts'
import { createPersonalTokenExchange, personalTokenType } from '../auth/grants/personal-token.ts'
import { createRefreshTokenGrant } from '../auth/grants/refresh-token.ts'
import { createTokenEndpoint } from '../auth/grants/token-endpoint.ts'
import { createTokenExchangeGrant } from '../auth/grants/token-exchange.ts'
import { createTokenResponses } from '../auth/grants/token-response.ts'
import { createAuthSessions } from '../auth/login/auth-sessions.ts'
import { createAuthorizationChallenge } from '../auth/login/authorization-challenge.ts'
import { createAuthorizationCodes } from '../auth/login/authorization-codes.ts'
import { createInsufficientAuthorization } from '../auth/login/insufficient-authorization.ts'
import { createChallengeSteps } from '../auth/login/steps.ts'
import { createUserLogin } from '../auth/login/user-login.ts'
import { createRefreshTokens } from '../auth/sessions/refresh-tokens.ts'
import { createAccessDecision } from '../auth/tokens/access.ts'
import type { AccessTokens } from '../auth/tokens/access-tokens.ts'
import { createIntrospection } from '../auth/tokens/introspection.ts'
import { createMetadata } from '../auth/tokens/metadata.ts'
import { createRevocation } from '../auth/tokens/revocation.ts'
import type { Config } from '../config/config.ts'
import type { Store } from '../store/open.ts'
import type { Services } from './services.ts'

/** The OAuth endpoints, without HTTP, and the change of a password, which issues tokens too. */
export type OAuth = ReturnType<typeof createOAuth>

/** Builds the endpoints on the services. `onRefresh` is called when a refresh token was exchanged for a new one. */
export function createOAuth(
  services: Services & { db: Store; accessTokens: AccessTokens },
  { config, onRefresh }: { config: Config; onRefresh: () => void }
) {
  const { db, clock, users, accountPasswords, clients, sessions, accessTokens, throttle, attempts } = services
  const { auditEvents, extensions, factorCodes, passkeys, emailCodes, personalTokens, personalCaller } = services
  const { dpop, resources, decideScope, recordEvent: record } = services
  const { policy } = services.secondFactors
  const { now, newId } = clock
  const { spent } = db

  const refreshTokens = createRefreshTokens(config)
  const tokenResponse = createTokenResponses({ accessTokens, refreshTokens, now })
  const authSessions = createAuthSessions({ config, now })
  const codes = createAuthorizationCodes({ config, newId, now })
  const insufficient = createInsufficientAuthorization({ authSessions, passkeys, emailCodes })
  const userLogin = createUserLogin({ users, codes: factorCodes, policy, throttle, auditEvents, record })
  const steps = createChallengeSteps({
    userLogin,
    factorCodes,
    passkeys,
    emailCodes,
    spent,
    users: db.users,
    sessions,
    throttle,
    auditEvents
  })
  const decideAccess = createAccessDecision({ decideScope, extensions })
  const beginLogin = createBeginLogin({ decideAccess, sessions, policy })
  const grants = {
    password: createPasswordGrant({ userLogin, authSessions, insufficient, beginLogin }),
    refresh_token: createRefreshTokenGrant({
      sessions,
      refreshTokens,
      decideAccess,
      policy,
      authSessions,
      insufficient,
      throttle,
      now,
      onRefresh
    }),
    client_credentials: createClientCredentialsGrant({ sessions, decideAccess, throttle }),
    authorization_code: createAuthorizationCodeGrant({
      codes,
      decideAccess,
      spent,
      users: db.users,
      sessions,
      store: db.sessions,
      resources,
      auditEvents,
      now
    }),
    // Another type of subject token is one more line.
    [tokenExchangeGrant]: createTokenExchangeGrant({
      [personalTokenType]: createPersonalTokenExchange({ personalTokens, decideAccess, resources }),
      ...(config.identityProviders.length > 0 && {
        [idTokenType]: createIdTokenExchange({
          config,
          idTokens: services.idTokens,
          identities: services.identities,
          userLogin,
          factorCodes,
          policy,
          spent,
          decideScope,
          authSessions,
          insufficient,
          beginLogin,
          throttle,
          auditEvents
        })
      })
    })
  }

  return {
    ...createTokenEndpoint({ clients, grants, resources, extensions, tokenResponse, dpop, attempts }),
    ...createAuthorizationChallenge({
      clients,
      steps,
      emailCodes,
      policy,
      decideScope,
      authSessions,
      codes,
      insufficient,
      resources,
      dpop,
      attempts,
      auditEvents,
      newId,
      now
    }),
    ...createPasswordChange({ accountPasswords, clients, decideAccess, sessions, tokenResponse }),
    ...createRevocation({ clients, sessions, accessTokens, refreshTokens, personalTokens }),
    ...createIntrospection({
      config,
      clients,
      sessions,
      accessTokens,
      refreshTokens,
      personalCaller,
      dpop,
      extensions,
      throttle,
      auditEvents,
      now
    }),
    metadata: () => createMetadata({ ...config, bindsTokens: dpop.binds() })
  }
}

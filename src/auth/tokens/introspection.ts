import type { Introspection, IntrospectionForm } from '../../../routes/introspect.ts'
import { describedOnce } from '../../base/described-once.ts'
import { secondsOf } from '../../base/times.ts'
import { introspectionMembers, reservedClaims } from '../account/claim-names.ts'
import type { ExtensionPoints } from '../extensions/extension-points.ts'
import { missingParameter } from '../login/missing-parameter.ts'
import type { RequestContext } from '../request-context.ts'
import { heldOf } from '../scopes.ts'
import { isLive } from '../sessions/end.ts'
import type { RefreshTokenName } from '../sessions/refresh.ts'
import { refreshExpiration } from '../sessions/refresh-expiration.ts'
import type { RefreshTokens } from '../sessions/refresh-tokens.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Caller } from './access-tokens.ts'
import { createIntrospectionCaller } from './introspection-caller.ts'
import type { FindPersonalCaller, PersonalCaller } from './personal-caller.ts'

/** The members that introspection sets itself (RFC 7662 §2.2). Claims with these names are left out. */
const ownMembers = new Set([...reservedClaims, ...introspectionMembers])

/** The introspection endpoint (RFC 7662), for resource servers that need to know at once when a session has ended. */
export function createIntrospection(
  deps: Parameters<typeof createIntrospectionCaller>[0] & {
    sessions: Sessions
    refreshTokens: RefreshTokens
    personalCaller: FindPersonalCaller
    extensions: ExtensionPoints
    now: () => Date
  }
) {
  const { config, sessions, accessTokens, refreshTokens, personalCaller, extensions, now } = deps
  const clientOf = createIntrospectionCaller(deps)

  /**
   * An access token, or with `mayBePersonal` a personal one. The claims are those of now, and not those of the token.
   */
  async function describeAccessToken(token: string, mayBePersonal: boolean): Promise<Introspection | undefined> {
    const caller = (mayBePersonal && (await personalCaller(token, null))) || (await accessTokens.authenticate(token))
    if (!caller || !extensions.hasClaims) return caller && describeCaller(caller)
    return describe(caller, await extensions.claims(caller.user, caller.claims.client_id ?? null, caller.scopes))
  }

  const describeCaller = describedOnce((caller: Caller | PersonalCaller) => describe(caller, caller.user?.claims ?? {}))

  function describe(auth: Caller | PersonalCaller, claims: Record<string, unknown>): Introspection {
    const { client_id, exp, iat, sub, aud, iss, jti, sid, acr, amr, auth_time, cnf } = auth.claims
    const { username } = auth.user ?? {}
    return {
      ...Object.fromEntries(Object.entries(claims).filter(([name]) => !ownMembers.has(name))),
      active: true,
      scope: auth.scopes.join(' '),
      ...(client_id !== undefined && { client_id }),
      ...(username !== undefined && { username, preferred_username: username, acr, amr, auth_time }),
      token_type: cnf ? 'DPoP' : 'Bearer',
      ...(cnf && { cnf }),
      exp,
      iat,
      sub,
      aud,
      iss,
      jti,
      sid
    }
  }

  async function describeRefreshToken(name: RefreshTokenName): Promise<Introspection | undefined> {
    const found = await sessions.find(name.sessionId)
    if (!found?.user || found.user.disabled) return undefined
    const { session, user, clientScopes } = found
    if (!isLive(found, now()) || name.counter < session.counter) return undefined
    return {
      active: true,
      scope: heldOf(session.scope, user.scopes, clientScopes).join(' '),
      client_id: session.clientId,
      username: user.username,
      token_type: 'refresh_token',
      ...(session.jkt !== null && { cnf: { jkt: session.jkt } }),
      ...refreshExpiration(session, now()),
      exp: secondsOf(session.idleExpiresAt),
      iat: secondsOf(session.rotatedAt),
      sub: user.id,
      iss: config.issuer,
      sid: session.id
    }
  }

  return {
    /**
     * Describes the token, or returns exactly `{"active": false}` when the token is not valid now or the caller may not
     * introspect it. A personal access token belongs to no client, so only a caller who may introspect any token may
     * introspect it. Throws `invalid_client` (401) when the caller is not authenticated.
     */
    async introspect(form: IntrospectionForm, context: RequestContext): Promise<Introspection> {
      const onlyClient = await clientOf(form, context)
      if (form.token === undefined) throw missingParameter('token', 'the token to introspect')
      const refreshToken = refreshTokens.decode(form.token)
      const active = await (refreshToken
        ? describeRefreshToken(refreshToken)
        : describeAccessToken(form.token, onlyClient === undefined))
      return active && (onlyClient === undefined || active.client_id === onlyClient) ? active : { active: false }
    }
  }
}

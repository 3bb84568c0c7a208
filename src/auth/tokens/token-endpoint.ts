import type { TokenResponse } from '../../../routes/shapes.ts'
import type { TokenForm } from '../../../routes/token.ts'
import { OAuthError } from '../../errors.ts'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { SessionRow } from '../../store/sessions.ts'
import type { UserRow } from '../../store/users.ts'
import type { AuditEvents } from '../audit/audit-events.ts'
import { type Client, type Clients, type GrantType, grantTypes } from '../clients/clients.ts'
import type { ExtensionPoints } from '../extensions/extension-points.ts'
import { assertFormText } from '../passwords/characters.ts'
import { grantNewScope, grantScope, parseScope } from '../scopes.ts'
import { type Device, invalidRefreshToken, type Sessions } from '../sessions/sessions.ts'
import type { Throttle } from '../throttle/throttle.ts'
import type { Users } from '../users/users.ts'
import type { RefreshTokens } from './refresh-tokens.ts'
import type { Resources, Target } from './resources.ts'
import type { TokenResponses } from './token-response.ts'

/** The data of a request besides its form. `signal` fires when the client disconnects. */
export interface RequestContext extends Device {
  authorization: string | undefined
  signal?: AbortSignal
}

/** One grant type: its required parameters, and the function that runs it. */
interface Grant {
  requires: (keyof TokenForm)[]
  run(form: Required<TokenForm>, asked: Asked, client: Client, context: RequestContext): Promise<Granted>
}

/** What the token of a request shall be for. */
interface Asked {
  scope: string | undefined
  target: Target
}

interface Granted {
  session: SessionRow
  /** `null` when the client acts for itself. */
  user: UserRow | null
  /** The scope of the access token: the part of the login's scope that its target knows. */
  scope: string[]
  /** Additional claims from the `claims` extension. */
  claims: Record<string, unknown> | undefined
}

export type TokenEndpoint = ReturnType<typeof createTokenEndpoint>

/**
 * The token endpoint (RFC 6749 §3.2): authenticates the client, runs the grant and issues the tokens. `record` writes
 * an event to the audit trail.
 */
export function createTokenEndpoint(deps: {
  clients: Clients
  users: Users
  sessions: Sessions
  tokenResponse: TokenResponses
  refreshTokens: RefreshTokens
  resources: Resources
  extensions: ExtensionPoints
  throttle: Throttle
  auditEvents: AuditEvents
  record: (event: AuditEvent) => Promise<void>
}) {
  const {
    clients,
    users,
    sessions,
    tokenResponse,
    refreshTokens,
    resources,
    extensions,
    throttle,
    auditEvents,
    record
  } = deps

  /**
   * Logs a user in (RFC 6749 §4.3.2). Tries once more when the user, password or client changes before the session
   * starts.
   */
  async function logIn(
    form: Required<TokenForm>,
    asked: Asked,
    client: Client,
    context: RequestContext,
    mayTryAgain = true
  ): Promise<Granted> {
    const checked = await users.authenticate(form, { ...context, clientId: client.id })
    if (!checked) throw invalidLogin()
    const { user, attempt } = checked
    // The password was right, so refusals from here on are recorded. Otherwise they would be an unrecorded way to test
    // passwords.
    const refuse = async (error: unknown, reason: string): Promise<never> => {
      const about = { subject: user.id, clientId: client.id, ip: context.ip, detail: { reason } }
      await record(auditEvents.event('login.failed', about))
      await throttle.giveBack(attempt)
      throw error
    }
    let [granted, scope]: string[][] = []
    try {
      granted = grantNewScope(asked.scope, user.scopes, client.scopes)
      scope = asked.target.narrow(granted)
    } catch (error) {
      return refuse(error, 'scope')
    }
    // Called before the session starts, so that a failed login leaves no session behind.
    const claims = await extensions.claims(user, client.id, scope).catch(error => refuse(error, 'claims'))
    // The login keeps the whole grant, so that a refresh can ask for a token for another resource.
    const proof = { amr: ['pwd'], use: { spent: [] }, asks: attempt.asks, attempts: [attempt] }
    const session = await sessions.startLogin(user, client, granted, context, proof)
    if (session) return { session, user, scope, claims }
    // A concurrent login may have upgraded the hash of the same password.
    if (mayTryAgain) {
      await throttle.giveBack(attempt)
      return logIn(form, asked, client, context, false)
    }
    return refuse(invalidLogin(), 'changed meanwhile')
  }

  /** The result of a refresh: the scope of the login or a subset of it (RFC 6749 §6), and the claims. */
  async function grantAgain(session: SessionRow, user: UserRow, asked: Asked, client: Client) {
    if (asked.scope !== undefined && !parseScope(asked.scope).every(scope => session.scope.includes(scope))) {
      throw new OAuthError('invalid_scope', 'scope must not exceed the scope of the login.')
    }
    const scope = asked.target.narrow(grantScope(asked.scope, session.scope, user.scopes, client.scopes))
    return { scope, claims: await extensions.claims(user, client.id, scope) }
  }

  const grants: Record<GrantType, Grant> = {
    password: {
      requires: ['username', 'password'],
      async run(form, asked, client, context) {
        assertFormText('username', form.username)
        assertFormText('password', form.password)
        return logIn(form, asked, client, context)
      }
    },

    refresh_token: {
      requires: ['refresh_token'],
      async run({ refresh_token }, asked, client, device) {
        const name = refreshTokens.decode(refresh_token)
        if (!name) throw invalidRefreshToken()
        throttle.refresh(name.sessionId)
        const { session, user } = await sessions.ofRefreshToken(name, client)
        // A counter ahead of the row was issued by this server, which has since lost its latest refreshes: decision 30.
        if (name.counter >= session.counter) {
          // Called before the rotation, so that the refresh token stays valid if this fails.
          const granted = await grantAgain(session, user, asked, client)
          const rotated = await sessions.rotate(session, name, device.ip)
          if (rotated) return { session: rotated, user, ...granted }
        }
        const current = await sessions.ofRetry(name, device.ip)
        return { session: current, user, ...(await grantAgain(current, user, asked, client)) }
      }
    },

    client_credentials: {
      requires: [],
      async run(_form, asked, client, device) {
        const granted = grantNewScope(asked.scope, client.scopes)
        const scope = asked.target.narrow(granted)
        const claims = await extensions.claims(null, client.id, scope)
        return { session: await sessions.startForClient(client, granted, device), user: null, scope, claims }
      }
    }
  }

  return {
    /** Handles a token request. Throws every refusal of RFC 6749 §5.2 as an OAuthError. */
    async token(given: TokenForm, context: RequestContext): Promise<TokenResponse> {
      const form = withoutEmpty(given)
      const type = form.grant_type
      if (type === undefined) throw missing('grant_type', `one of ${grantTypes.join(', ')}`)
      if (!isGrantType(type)) {
        throw new OAuthError('unsupported_grant_type', `grant_type must be one of ${grantTypes.join(', ')}.`)
      }
      const { requires, run } = grants[type]
      for (const name of requires) if (form[name] === undefined) throw missing(name, `required with grant_type=${type}`)

      const client = await clients.authenticate(form, context)
      if (!client.grants.includes(type)) {
        throw new OAuthError('unauthorized_client', `This client may not use grant_type=${type}.`)
      }
      const asked = { scope: form.scope, target: resources.find(form.resource) }
      const { session, ...granted } = await run(form as Required<TokenForm>, asked, client, context)
      const { user, scope } = granted
      const response = tokenResponse(session, client, { audience: asked.target.audience, ...granted })
      if (type === 'password' && user) {
        await extensions.loggedIn(user, { clientId: client.id, scope, ip: context.ip })
      }
      return response
    }
  }
}

const isGrantType = (type: string): type is GrantType => grantTypes.some(known => known === type)

/** The form without its empty parameters, which count as omitted (RFC 6749 §3.2). */
export const withoutEmpty = <T extends object>(form: T): T =>
  Object.fromEntries(Object.entries(form).filter(([, value]) => value !== '')) as T

/** The error for a form that lacks `name`. */
export const missing = (name: string, hint: string) =>
  new OAuthError('invalid_request', `${name} is missing or empty: ${hint}.`)

const invalidLogin = () => new OAuthError('invalid_grant', 'The username or the password is wrong.')

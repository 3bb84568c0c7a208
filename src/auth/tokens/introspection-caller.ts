import type { IntrospectionForm } from '../../../routes/introspect.ts'
import { OAuthError, type OAuthErrorCode } from '../../base/errors.ts'
import { isFor } from '../../wire/audience.ts'
import { authenticateHeader, type TokenScheme } from '../../wire/authenticate-header.ts'
import { parseAuthorization } from '../../wire/authorization.ts'
import { invalidToken, lacksScope, malformedHeader } from '../../wire/token-refusals.ts'
import type { AuditEvents } from '../audit-events.ts'
import type { Clients } from '../clients/clients.ts'
import { invalidClient } from '../clients/presented-client.ts'
import type { Dpop } from '../dpop/dpop.ts'
import type { RequestContext } from '../request-context.ts'
import type { Throttle } from '../throttle/throttle.ts'
import type { AccessTokens } from './access-tokens.ts'

/**
 * Authenticates who introspects (RFC 7662 §2.1): a confidential client, or a token with the scope `introspect`. Resolves
 * to the client whose tokens they may introspect; `undefined` means any client. Throws `invalid_client` (401).
 */
export const createIntrospectionCaller =
  ({
    config,
    clients,
    accessTokens,
    dpop,
    throttle,
    auditEvents
  }: {
    config: { issuer: string; dpop: 'off' | 'optional' | 'required' }
    clients: Clients
    accessTokens: AccessTokens
    dpop: Pick<Dpop, 'findBindingFault'>
    throttle: Throttle
    auditEvents: AuditEvents
  }) =>
  async (form: IntrospectionForm, context: RequestContext): Promise<string | undefined> => {
    const presented = parseAuthorization(context.authorization, config.dpop !== 'off')
    if (presented === 'malformed') throw bearerRefusal(400, 'invalid_request', malformedHeader('Bearer'))
    if (presented) {
      const auth = await accessTokens.authenticate(presented.token)
      if (!auth || !isFor(auth.claims.aud, config.issuer)) {
        const about = { ip: context.ip, detail: { counter: 'introspection', reason: 'access token' } }
        const event = auditEvents.event('client.authentication_failed', about)
        await throttle.failure('introspection', context.ip, event)
        throw bearerRefusal(401, 'invalid_token', invalidToken)
      }
      const fault = dpop.findBindingFault(auth.claims, presented, () => context)
      if (fault) throw bearerRefusal(401, fault.error, fault.detail, fault.scheme)
      if (auth.scopes.includes('introspect')) return undefined
      throw bearerRefusal(403, 'insufficient_scope', lacksScope('introspect'))
    }
    const client = await clients.authenticate(form, context, 'introspection')
    if (!client.confidential)
      throw invalidClient('Introspection needs a confidential client or a token with the scope introspect.')
    return client.scopes?.includes('introspect') ? undefined : client.id
  }

const bearerRefusal = (status: number, code: OAuthErrorCode, description: string, scheme: TokenScheme = 'Bearer') =>
  new OAuthError(code, description, {
    status,
    headers: authenticateHeader(scheme, { error: code, ...(status === 403 ? { scope: 'introspect' } : {}) })
  })

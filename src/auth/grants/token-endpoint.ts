import type { TokenResponse } from '../../../routes/shapes.ts'
import type { TokenForm } from '../../../routes/token.ts'
import { OAuthError } from '../../base/errors.ts'
import { type Client, type Clients, type GrantType, grantTypes } from '../clients/clients.ts'
import type { Dpop } from '../dpop/dpop.ts'
import type { ExtensionPoints } from '../extensions/extension-points.ts'
import { missingParameter } from '../login/missing-parameter.ts'
import type { LoginAttempts } from '../login-attempt.ts'
import type { RequestContext } from '../request-context.ts'
import type { Resources } from '../resources.ts'
import type { Grant } from './grant.ts'
import type { TokenResponses } from './token-response.ts'

/** The token endpoint (RFC 6749 §3.2): authenticates the client, runs the grant and issues the tokens. */
export function createTokenEndpoint(deps: {
  clients: Clients
  grants: Record<GrantType, Grant>
  resources: Resources
  extensions: ExtensionPoints
  tokenResponse: TokenResponses
  dpop: Pick<Dpop, 'proofAt' | 'assertMayBeUnbound' | 'binds'>
  attempts: LoginAttempts
}) {
  const { clients, grants, resources, extensions, tokenResponse, dpop, attempts } = deps
  return {
    /** Handles a token request. Throws every refusal of RFC 6749 §5.2 as an OAuthError. */
    async token(form: TokenForm, context: RequestContext): Promise<TokenResponse> {
      const type = form.grant_type
      if (type === undefined) throw missingParameter('grant_type', `one of ${grantTypes.join(', ')}`)
      if (!isGrantType(type)) {
        throw new OAuthError('unsupported_grant_type', `grant_type must be one of ${grantTypes.join(', ')}.`)
      }
      const { requires, run } = grants[type]
      for (const name of requires)
        if (form[name] === undefined) throw missingParameter(name, `required with grant_type=${type}`)

      const client = await clients.authenticate(form, context)
      if (!client.grants.includes(type)) throw mayNotUse(type, client)
      // Most requests have no proof, and a promise takes time.
      const proof = context.dpop === undefined ? undefined : await dpop.proofAt(context)
      if (!proof) dpop.assertMayBeUnbound(client)
      const bindsTo = dpop.binds(client) ? proof?.jkt : undefined
      const { scope, resource } = form
      const target = resources.find(resource)
      const granted = await attempts.run({ clientId: client.id, ip: context.ip, proof }, attempt =>
        run(form, { client, context, scope, resource, target, attempt, bindsTo })
      )
      const { session, user, access, isLogin, issuedTokenType } = granted
      const jkt = session.jkt === null ? bindsTo : proof?.jkt
      const response = tokenResponse(session, client, { ...access, user, jkt })
      if (issuedTokenType !== undefined) response.issued_token_type = issuedTokenType
      if (isLogin && user) await extensions.loggedIn(user, { clientId: client.id, scope: access.scope, ip: context.ip })
      return response
    }
  }
}

const mayNotUse = (type: GrantType, { registered }: Client) =>
  new OAuthError(
    'unauthorized_client',
    registered
      ? `This client may not use grant_type=${type}.`
      : `The built-in client may not use grant_type=${type}: send the client_id of a registered client.`
  )

const isGrantType = (type: string): type is GrantType => grantTypes.some(known => known === type)

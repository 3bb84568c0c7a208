import type { Config } from '../../config/config.ts'
import { identityProvidersOf } from '../../config/identity-providers.ts'
import { hasPasskeys } from '../../config/passkeys.ts'
import { dpopAlgs } from '../../wire/dpop-algs.ts'
import { acrs } from '../../wire/requirements.ts'
import { grantTypes } from '../clients/clients.ts'
import { describeScopes, resourcesOf } from '../resources.ts'

/**
 * Authorization server metadata (RFC 8414 §2). There is no `authorization_endpoint`: codes come from the authorization
 * challenge endpoint.
 */
export function createMetadata(config: {
  issuer: string
  scopes: string[]
  defaultScopes: string[]
  resources: string[]
  secondFactor: Config['secondFactor']
  rpId?: string
  emailCodes: 'off' | 'on'
  identityProviders: string[]
  docs: 'on' | 'off'
  /** Whether proofs bind tokens. */
  bindsTokens: boolean
}) {
  const { issuer } = config
  const providers = identityProvidersOf(config).map(({ issuer, clientIds }) => ({ issuer, client_ids: clientIds }))
  const confidential = ['client_secret_basic', 'client_secret_post']
  return {
    issuer,
    token_endpoint: `${issuer}/token`,
    authorization_challenge_endpoint: `${issuer}/authorize-challenge`,
    revocation_endpoint: `${issuer}/revoke`,
    introspection_endpoint: `${issuer}/introspect`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    scopes_supported: Object.keys(describeScopes(config)),
    // The values of `resource` (RFC 9728 §4).
    protected_resources: resourcesOf(config).map(({ id }) => id),
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    grant_types_supported: [...grantTypes],
    token_endpoint_auth_methods_supported: [...confidential, 'none'],
    revocation_endpoint_auth_methods_supported: [...confidential, 'none'],
    // This list may also contain access token types (RFC 8414 §2).
    introspection_endpoint_auth_methods_supported: [...confidential, 'Bearer'],
    // RFC 9470 §7
    acr_values_supported: [...acrs],
    // No standard parameters: let a login page offer passkeys, codes and linked identities only where there are any.
    passkeys_supported: hasPasskeys(config),
    email_codes_supported: config.emailCodes === 'on',
    ...(providers.length > 0 ? { identity_providers: providers } : {}),
    // draft-ietf-oauth-refresh-token-expiration §8
    refresh_token_expiration_types_supported: ['authorization', 'token_timeout'],
    // RFC 9449 §5.1
    ...(config.bindsTokens && { dpop_signing_alg_values_supported: [...dpopAlgs] }),
    ...(config.docs === 'on' ? { service_documentation: `${issuer}/docs` } : {})
  }
}

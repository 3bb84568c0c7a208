/** Every scope that the server knows by itself. */
export const everyScope = [
  'me',
  'users:read',
  'users:write',
  'clients:read',
  'clients:write',
  'keys:read',
  'keys:write',
  'audit:read',
  'webhooks:write',
  'introspect'
]

/** The metadata of a server with the default settings (RFC 8414 §2). */
export const metadataOf = (issuer: string) => ({
  issuer,
  token_endpoint: `${issuer}/token`,
  authorization_challenge_endpoint: `${issuer}/authorize-challenge`,
  revocation_endpoint: `${issuer}/revoke`,
  introspection_endpoint: `${issuer}/introspect`,
  jwks_uri: `${issuer}/.well-known/jwks.json`,
  scopes_supported: everyScope,
  protected_resources: [issuer],
  response_types_supported: ['code'],
  code_challenge_methods_supported: ['S256'],
  grant_types_supported: [
    'password',
    'refresh_token',
    'client_credentials',
    'authorization_code',
    'urn:ietf:params:oauth:grant-type:token-exchange'
  ],
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
  revocation_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
  introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'Bearer'],
  acr_values_supported: ['aal1', 'aal2'],
  refresh_token_expiration_types_supported: ['authorization', 'token_timeout'],
  dpop_signing_alg_values_supported: ['ES256', 'Ed25519', 'EdDSA', 'RS256'],
  passkeys_supported: false,
  email_codes_supported: false,
  service_documentation: `${issuer}/docs`
})

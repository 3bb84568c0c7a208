/** An issuer of ID tokens that log in here, and the client ids that its tokens may be for. */
export interface IdentityProvider {
  issuer: string
  clientIds: string[]
}

/** The issuers of the setting `IDENTITY_PROVIDERS`. */
export const identityProvidersOf = ({ identityProviders }: { identityProviders: string[] }): IdentityProvider[] =>
  identityProviders.map(parse)

function parse(entry: string): IdentityProvider {
  const [issuer = '', ...clientIds] = entry.split(/ +/)
  return { issuer, clientIds }
}

import { Type } from '@sinclair/typebox'
import { list, seconds } from './kinds.ts'

/** Tokens, their keys, and how long a login lasts. */
export const tokens = {
  audience: Type.String({
    pattern: '^(?!urn:sallyport:).',
    description: 'A second `aud`, beside the issuer, of tokens that are requested without `resource`',
    expected: 'a non-empty string that does not begin with urn:sallyport:'
  }),
  resources: list(
    'Your APIs and the scopes that each knows, such as `https://api.example.com orders:read orders:write`; a token request names one as `resource` (RFC 8707)',
    'an absolute URI without fragment and not below urn:sallyport:, followed by its scopes, all separated by spaces',
    '^(?!urn:sallyport:)[A-Za-z][A-Za-z0-9+.-]*:[^#\\s]+( [\\x21\\x23-\\x5b\\x5d-\\x7e]+)+$'
  ),
  signingAlg: Type.Union(
    [Type.Literal('ES256'), Type.Literal('RS256'), Type.Literal('EdDSA'), Type.Literal('Ed25519')],
    {
      default: 'ES256',
      description:
        'Algorithm of new signing keys; `Ed25519` is the newer name of `EdDSA` (RFC 9864), which not every library knows'
    }
  ),
  dpop: Type.Union([Type.Literal('off'), Type.Literal('optional'), Type.Literal('required')], {
    default: 'optional',
    description:
      'Whether tokens are bound to a key of the client (DPoP, RFC 9449): `optional` if the request has a proof, `required` refuses requests without one, `off` ignores proofs and ends logins that are bound'
  }),
  keyRotation: seconds('Age at which a signing key is replaced; 0 disables rotation', 7_776_000, 0),
  accessTokenTtl: seconds('Lifetime of an access token', 600),
  refreshTokenTtl: seconds('Time without a refresh after which a login ends', 1_209_600),
  sessionTtl: seconds('Maximum lifetime of a login', 7_776_000),
  refreshGrace: seconds('How long a client that lost a response may retry with the previous refresh token', 30, 0)
}

import { authenticateHeader, authenticateHeaderOfEach, type TokenScheme } from '../wire/authenticate-header.ts'
import type { IssuerUnavailable } from '../wire/issuer/issuer-unavailable.ts'
import type { StepUp } from '../wire/requirements.ts'
import { roleDescription } from '../wire/roles.ts'
import { stepUpDescription, stepUpParameters } from '../wire/step-up.ts'
import * as refusals from '../wire/token-refusals.ts'

/**
 * The error codes of RFC 6750 §3.1, RFC 9449 §12.2 and RFC 9470 §3, and two more: for a missing token, and an
 * unreachable issuer.
 */
export type BearerErrorCode =
  | 'missing_token'
  | 'invalid_request'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'insufficient_user_authentication'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'
  | 'temporarily_unavailable'

/**
 * The error with which `requireScope` rejects a request. The message is public, `cause` is for the log. `headers` has
 * the `WWW-Authenticate` of RFC 6750 §3 or RFC 9449 §7.1, or the `Retry-After` of a 503, and is set on the reply before
 * this is thrown.
 */
export class BearerError extends Error {
  override name = 'BearerError'
  readonly statusCode: number
  readonly code: BearerErrorCode
  readonly headers: Record<string, string>

  constructor(
    statusCode: number,
    code: BearerErrorCode,
    message: string,
    { headers, cause }: { headers: Record<string, string>; cause?: unknown }
  ) {
    super(message, { cause })
    this.statusCode = statusCode
    this.code = code
    this.headers = headers
  }
}

/** 401 without an error code in the header, because the request had no credentials (RFC 6750 §3.1). */
export const missingToken = (takesDpop: boolean) =>
  new BearerError(401, 'missing_token', refusals.noToken('Bearer'), {
    headers: authenticateHeaderOfEach(takesDpop ? ['Bearer', 'DPoP'] : ['Bearer'])
  })

/** 400 for an Authorization header without a token of RFC 6750 §2.1. */
export const malformedHeader = () => refusal(400, 'invalid_request', refusals.malformedHeader('Bearer'))

/** 401 for an invalid token; `cause` is the reason. */
export const invalidToken = (cause: unknown) => refusal(401, 'invalid_token', refusals.invalidToken, { cause })

/** The cause of a 401 for a token that is bound to a key, where proofs cannot be checked; for the operator. */
export const noUrl = new Error(
  'A client sent an access token that is bound to a key. To accept such tokens, set the option url of the verifier to the public URL of this API.'
)

/** 401 for a token that is not bound as it was sent, or whose proof breaks a rule of RFC 9449 §4.3. */
export const refusedBinding = (
  { error, detail, scheme }: { error: BearerErrorCode; detail: string; scheme: TokenScheme },
  cause?: unknown
) => refusal(401, error, detail, { scheme, cause })

/** 403 for a token that lacks one of the required scopes; names all of them. */
export const insufficientScope = (scopes: readonly string[]) =>
  refusal(403, 'insufficient_scope', `The access token lacks a required scope: ${scopes.join(' ')}.`, {
    parameters: { scope: scopes.join(' ') }
  })

/** 403 for a token that lacks this role. The header has no `scope`: no scope would help. */
export const insufficientRole = (role: string) => refusal(403, 'insufficient_scope', roleDescription(role))

/** 401 for a login that is too old, or lacks a second factor; names everything that was asked of it (RFC 9470 §3). */
export const insufficientAuthentication = (stepUp: StepUp) =>
  refusal(401, 'insufficient_user_authentication', stepUpDescription(stepUp), { parameters: stepUpParameters(stepUp) })

/** 503 when the issuer does not respond, or responds incorrectly. */
export const issuerUnavailable = ({ headers, cause }: IssuerUnavailable) =>
  new BearerError(503, 'temporarily_unavailable', 'Access tokens cannot be verified now. Try again in a moment.', {
    headers,
    cause
  })

const refusal = (
  status: number,
  error: BearerErrorCode,
  description: string,
  {
    parameters = {},
    scheme = 'Bearer',
    cause
  }: { parameters?: Record<string, string>; scheme?: TokenScheme; cause?: unknown } = {}
) =>
  new BearerError(status, error, description, {
    headers: authenticateHeader(scheme, { error, error_description: description, ...parameters }),
    cause
  })

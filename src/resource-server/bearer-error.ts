import { challengeOf, challengesOf, type TokenScheme } from '../errors.ts'
import type { StepUp } from './requirements.ts'
import { roleDescription } from './roles.ts'
import { stepUpDescription, stepUpParameters } from './step-up.ts'

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

/** 401 without an error code in the challenges, because the request had no credentials (RFC 6750 §3.1). */
export const missingToken = (takesDpop: boolean) =>
  new BearerError(401, 'missing_token', 'Send an access token: Authorization: Bearer <token>.', {
    headers: challengesOf(takesDpop ? ['Bearer', 'DPoP'] : ['Bearer'])
  })

/** 400 for an Authorization header without a token of RFC 6750 §2.1. */
export const malformedHeader = () =>
  refusal(400, 'invalid_request', 'The Authorization header is malformed. Send: Authorization: Bearer <token>.')

/** 401 for an invalid token; `cause` is the reason. */
export const invalidToken = (cause: unknown) =>
  refusal(401, 'invalid_token', 'The access token is invalid, expired or revoked.', { cause })

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
    challenge: { scope: scopes.join(' ') }
  })

/** 403 for a token that lacks this role. The challenge has no `scope`: no scope would help. */
export const insufficientRole = (role: string) => refusal(403, 'insufficient_scope', roleDescription(role))

/** 401 for a login that is too old, or lacks a second factor; names everything that was asked of it (RFC 9470 §3). */
export const insufficientAuthentication = (stepUp: StepUp) =>
  refusal(401, 'insufficient_user_authentication', stepUpDescription(stepUp), { challenge: stepUpParameters(stepUp) })

/**
 * 503 when the issuer does not respond, or responds incorrectly. The issuer is not contacted again for `pauseMs`
 * milliseconds.
 */
export const issuerUnavailable = (cause: unknown, pauseMs: number) =>
  new BearerError(503, 'temporarily_unavailable', 'Access tokens cannot be verified now. Try again in a moment.', {
    headers: { 'Retry-After': String(Math.max(1, Math.ceil(pauseMs / 1000))) },
    cause
  })

const refusal = (
  status: number,
  error: BearerErrorCode,
  description: string,
  {
    challenge = {},
    scheme = 'Bearer',
    cause
  }: { challenge?: Record<string, string>; scheme?: TokenScheme; cause?: unknown } = {}
) =>
  new BearerError(status, error, description, {
    headers: challengeOf(scheme, { error, error_description: description, ...challenge }),
    cause
  })

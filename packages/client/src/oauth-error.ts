import type { PasskeyRequest } from './passkey.ts'
import { retryAfterIn } from './retry-after.ts'

/** The server's question when a login needs a further proof (draft-ietf-oauth-first-party-apps §5.2.2). */
export interface Challenge {
  /** Continues the login at `/authorize-challenge`. */
  authSession: string
  /** The proofs that the server accepts, such as `otp`, `recovery_code` and `passkey`. The same for every account. */
  factors: string[]
  /** The options for `getPasskey`, if the server has passkeys. */
  passkey: PasskeyRequest | undefined
}

/** An error response of an OAuth endpoint (RFC 6749 §5.2). `message` is the description. */
export class OAuthError extends Error {
  override name = 'OAuthError'
  /**
   * The error code: `invalid_grant` for a wrong password, `insufficient_authorization` when a second factor is missing,
   * `temporarily_unavailable` for 429 and 503, `server_error` for a response that is not from Sallyport, such as a
   * proxy's error page.
   */
  readonly error: string
  /** A human-readable description. */
  readonly description: string
  /** HTTP status. */
  readonly status: number
  /** The `Retry-After` header in seconds. */
  readonly retryAfter: number | undefined
  /** The question for the missing proof, with `insufficient_authorization`. */
  readonly challenge: Challenge | undefined
  /** Whether the server knows no passkey with the id that was sent, such as one that was removed. */
  readonly passkeyUnknown: boolean

  constructor(
    error: string,
    description: string,
    status: number,
    retryAfter?: number,
    challenge?: Challenge,
    passkeyUnknown = false
  ) {
    super(description)
    this.error = error
    this.description = description
    this.status = status
    this.retryAfter = retryAfter
    this.challenge = challenge
    this.passkeyUnknown = passkeyUnknown
  }
}

/** Creates the OAuthError for an error response. `body` is the parsed JSON body, `undefined` if it is not JSON. */
export function errorOf({ status, headers }: Response, body: unknown): OAuthError {
  const { error, error_description, auth_session, factors, passkey, passkey_unknown } = (body ?? {}) as Partial<
    Record<string, unknown>
  >
  const isBusy = status === 429 || status === 503
  return new OAuthError(
    String(error ?? (isBusy ? 'temporarily_unavailable' : 'server_error')),
    String(error_description ?? `Unexpected response from the token server (status ${status}).`),
    status,
    retryAfterIn(headers),
    error === 'insufficient_authorization' && typeof auth_session === 'string'
      ? {
          authSession: auth_session,
          factors: Array.isArray(factors) ? factors : [],
          passkey: passkey as PasskeyRequest | undefined
        }
      : undefined,
    passkey_unknown === true
  )
}

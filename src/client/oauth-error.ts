/** An error response of `/token` or `/revoke` (RFC 6749 §5.2). `message` is the description. */
export class OAuthError extends Error {
  override name = 'OAuthError'
  /**
   * The error code: `invalid_grant` for a wrong password, `temporarily_unavailable` for 429 and 503, `server_error` for
   * a response that is not from Sallyport, such as a proxy's error page.
   */
  readonly error: string
  /** A human-readable description. */
  readonly description: string
  /** HTTP status. */
  readonly status: number
  /** The `Retry-After` header in seconds. */
  readonly retryAfter: number | undefined

  constructor(error: string, description: string, status: number, retryAfter?: number) {
    super(description)
    this.error = error
    this.description = description
    this.status = status
    this.retryAfter = retryAfter
  }
}

/** Creates the OAuthError for an error response. `body` is the parsed JSON body, `undefined` if it is not JSON. */
export function errorOf({ status, headers }: Response, body: unknown): OAuthError {
  const { error, error_description } = (body ?? {}) as Partial<Record<string, unknown>>
  const isBusy = status === 429 || status === 503
  const seconds = Number.parseInt(headers.get('retry-after') ?? '', 10)
  return new OAuthError(
    String(error ?? (isBusy ? 'temporarily_unavailable' : 'server_error')),
    String(error_description ?? `Unexpected response from the token server (status ${status}).`),
    status,
    seconds >= 0 ? seconds : undefined
  )
}

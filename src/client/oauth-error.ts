/** An error response of `/token` or `/revoke` (RFC 6749 §5.2). The message is the description. */
export class OAuthError extends Error {
  override name = 'OAuthError'
  /**
   * The error code: `invalid_grant` for a wrong password, `temporarily_unavailable` for a server that asks to wait,
   * `server_error` also for a response that is not the server's, such as a proxy's.
   */
  readonly error: string
  /** The description for people. */
  readonly description: string
  /** HTTP status. */
  readonly status: number
  /** Seconds to wait before a retry, if the response names them. */
  readonly retryAfter: number | undefined

  constructor(error: string, description: string, status: number, retryAfter?: number) {
    super(description)
    this.error = error
    this.description = description
    this.status = status
    this.retryAfter = retryAfter
  }
}

/** The error in `response`; `body` is its JSON, if it has any. */
export function refusalOf({ status, headers }: Response, body: unknown): OAuthError {
  const { error, error_description } = (body ?? {}) as Partial<Record<string, unknown>>
  const isBusy = status === 429 || status === 503
  const seconds = Number.parseInt(headers.get('retry-after') ?? '', 10)
  return new OAuthError(
    String(error ?? (isBusy ? 'temporarily_unavailable' : 'server_error')),
    String(error_description ?? `The answer (status ${status}) is not one of the token server.`),
    status,
    seconds >= 0 ? seconds : undefined
  )
}

/** An issuer does not respond, or responds incorrectly, which `cause` describes. It is not asked for `pauseMs`. */
export class IssuerUnavailable extends Error {
  override name = 'IssuerUnavailable'
  readonly pauseMs: number

  constructor(cause: unknown, pauseMs: number) {
    super('The issuer is unavailable.', { cause })
    this.pauseMs = pauseMs
  }

  /** The header for a 503: whole seconds from 1 (RFC 9110 §10.2.3). */
  get headers(): Record<string, string> {
    return { 'Retry-After': String(Math.max(1, Math.ceil(this.pauseMs / 1000))) }
  }
}

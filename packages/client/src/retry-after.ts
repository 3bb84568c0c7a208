/** The seconds of the `Retry-After` header; `undefined` without one, and when it is a date (RFC 9110 §10.2.3). */
export function retryAfterIn(headers: Headers): number | undefined {
  const seconds = Number.parseInt(headers.get('retry-after') ?? '', 10)
  return seconds >= 0 ? seconds : undefined
}

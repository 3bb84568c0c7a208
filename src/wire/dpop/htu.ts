/**
 * Whether `htu` is the URL of a request without its query, after the normalization of RFC 3986 §6.2.2 and §6.2.3 (RFC
 * 9449 §4.3). An `htu` with a query or a fragment is not.
 */
export function sameUrl(htu: unknown, url: string): boolean {
  const expected = withoutQuery(url)
  if (htu === expected) return true
  // WHATWG drops blanks and takes a backslash for a slash.
  if (typeof htu !== 'string' || /[^\x21-\x7e]|[?#\\]/.test(htu) || isAmbiguous(expected)) return false
  return URL.canParse(htu) && URL.canParse(expected) && normal(htu) === normal(expected)
}

/** Whether a WHATWG URL parser and the router, which does not resolve `/../`, would disagree about the path. */
const isAmbiguous = (url: string) => /[^\x21-\x7e]|\\|\/(\.|%2e){1,2}(\/|$)/i.test(url)

/** The path and query of a request target, which may be a whole URL (RFC 9112 §3.2.2). */
export function pathOfTarget(target: string): string {
  if (target.startsWith('/')) return target
  const path = target.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '')
  return path.startsWith('/') ? path : `/${path}`
}

/** The URL without its query and fragment. */
export const withoutQuery = (url: string) => url.replace(/[?#].*/s, '')

/** The URL with its host, port and dots as WHATWG writes them, and percent-encoded only where it has to be. */
const normal = (url: string) => new URL(url).href.replace(/%[0-9a-f]{2}/gi, unreserved)

function unreserved(encoded: string): string {
  const text = String.fromCharCode(Number.parseInt(encoded.slice(1), 16))
  return /[\w.~-]/.test(text) ? text : encoded.toUpperCase()
}

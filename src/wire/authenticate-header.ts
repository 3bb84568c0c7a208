import { dpopAlgs } from './dpop-algs.ts'

const headerName = 'WWW-Authenticate'

/** The characters that RFC 6750 §3 excludes from the parameters of the header. */
const notInHeader = /[^\x20\x21\x23-\x5b\x5d-\x7e]/gu

/** The schemes of an access token: of RFC 6750 §2.1, and of RFC 9449 §7.1 for one that is bound to a key. */
export type TokenScheme = 'Bearer' | 'DPoP'

/**
 * The `WWW-Authenticate` header of RFC 6750 §3, or of RFC 9449 §7.1 with the scheme DPoP. Without `error` it only asks
 * the client to authenticate. Characters that a parameter must not have, such as those of a role that is not ASCII, are
 * percent-encoded.
 */
export function authenticateHeader(
  scheme: TokenScheme,
  parameters: Record<string, string> = {}
): Record<string, string> {
  // The Buffer replaces unpaired surrogates, which encodeURIComponent refuses.
  const encode = (text: string) => encodeURIComponent(Buffer.from(text).toString())
  const algs = scheme === 'DPoP' ? { algs: dpopAlgs.join(' ') } : {}
  const list = Object.entries({ realm: 'sallyport', ...parameters, ...algs }).map(
    ([name, value]) => `${name}="${value.replace(notInHeader, encode)}"`
  )
  return { [headerName]: `${scheme} ${list.join(', ')}` }
}

/** The `WWW-Authenticate` header for a request without credentials, which names each scheme (RFC 9449 §7.2). */
export const authenticateHeaderOfEach = (schemes: readonly TokenScheme[]): Record<string, string> => ({
  [headerName]: schemes.map(scheme => authenticateHeader(scheme)[headerName]).join(', ')
})

/**
 * The headers of an error for a request with this `Authorization`: a refusal of a token that was sent with the scheme
 * DPoP names that scheme (RFC 9449 §7.1).
 */
export function inSchemeOf(authorization: string | undefined, headers: Record<string, string>): Record<string, string> {
  const header = headers[headerName]
  if (!header?.startsWith(refusedBearer) || !hasDpopScheme(authorization)) return headers
  return { ...headers, [headerName]: `DPoP${header.slice('Bearer'.length)}, algs="${dpopAlgs.join(' ')}"` }
}

/** Whether an `Authorization` header has the scheme DPoP. */
export const hasDpopScheme = (authorization: string | undefined) => /^dpop(\s|$)/i.test(String(authorization))

const realm = 'realm="sallyport"'
const refusedBearer = `Bearer ${realm}, error=`

/** The headers of an error, with this parameter for each scheme. `value` has no quotation mark and no backslash. */
export function inEachScheme(name: string, value: string, headers: Record<string, string>): Record<string, string> {
  const header = headers[headerName]
  if (header === undefined) return headers
  return { ...headers, [headerName]: header.replaceAll(realm, () => `${realm}, ${name}="${value}"`) }
}

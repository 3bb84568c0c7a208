import { isIP } from 'node:net'
import { isLoopback } from './loopback.ts'

/** The address to listen on. */
export interface Address {
  host: string
  port: number
}

/** The parts of `host:port`, where an IPv6 address has brackets, which `host` does not have. */
export function addressOf(text: string): Address {
  const colon = text.lastIndexOf(':')
  return { host: text.slice(0, colon).replace(/[[\]]/g, ''), port: Number(text.slice(colon + 1)) }
}

/** The URL of `port` on this machine, for a server that listens on `host`; a wildcard address becomes `localhost`. */
export function localUrl(host: string, port: number): string {
  if (host === '0.0.0.0' || host === '::') return `http://localhost:${port}`
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`
}

/** Whether a server that listens on `host` accepts connections on every address of the machine. */
export const isWildcard = (host: string) => /^(::ffff:)?[0x:.]+$/i.test(host)

/** The path of an issuer, which precedes all its other paths; empty when it has none. */
export const pathOf = (issuer: string) => new URL(issuer).pathname.replace(/\/$/, '')

/** Whether `text` parses as a URL with a host and without a username or password. */
export function isPublicUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { hostname, username, password } = new URL(text)
  return hostname !== '' && username === '' && password === ''
}

/** Whether `text` is a public URL to which requests are encrypted, or stay on this machine. */
export const isSafeUrl = (text: string) =>
  isPublicUrl(text) && (text.startsWith('https:') || isLoopback(new URL(text).hostname))

/**
 * Whether `text` is a URL without an `@` after its host. With one, a `/`, `?` or `#` in the password is not
 * percent-encoded, and the beginning of the password would be looked up as a host, which messages show.
 */
export function isServerUrl(text: string): boolean {
  // pg takes a socket as `postgres://user@/database?host=/run/postgresql`.
  const url = text.replace(/^(postgres[^@]*@)\//, '$1localhost/')
  return URL.canParse(url) && !/^[^?]*[/#][^?]*@|\?[^=]*@/.test(url.replace(/^\w+:\/\//, ''))
}

/** Whether `entry` is an IP address, or a CIDR range that does not cover all addresses. */
export function isAddressOrRange(entry: string): boolean {
  const [address = '', bits, ...rest] = entry.split('/')
  const longest = { 0: 0, 4: 32, 6: 128 }[isIP(address)] as number
  if (bits === undefined) return longest > 0
  return rest.length === 0 && /^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= longest
}

/** Whether `text` is an origin as browsers write it: without path, default port and capitals. */
export const isOrigin = (text: string) => URL.canParse(text) && new URL(text).origin === text

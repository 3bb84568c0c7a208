import { isIP } from 'node:net'

/** The URL of this machine's `port`, for a server that listens on `host`; a wildcard address becomes `localhost`. */
export function localUrl(host: string, port: number): string {
  if (host === '0.0.0.0' || host === '::') return `http://localhost:${port}`
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`
}

/** The path of an issuer, before every path of its own; empty where it has none. */
export const pathOf = (issuer: string) => new URL(issuer).pathname.replace(/\/$/, '')

/** Whether `text` parses as a URL with a host and without a user name or password. */
export function isPublicUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { hostname, username, password } = new URL(text)
  return hostname !== '' && username === '' && password === ''
}

/** Whether `entry` is an IP address or a CIDR range of fewer than all of them. */
export function isAddressOrRange(entry: string): boolean {
  const [address = '', bits, ...rest] = entry.split('/')
  const longest = { 0: 0, 4: 32, 6: 128 }[isIP(address)] as number
  if (bits === undefined) return longest > 0
  return rest.length === 0 && /^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= longest
}

import { isIP } from 'node:net'

/**
 * The prefix of an address, within which an attacker can easily change addresses: the /24 of an IPv4 address or the /64
 * of an IPv6 address. An IPv4-mapped IPv6 address counts as IPv4.
 */
export const addressPrefix = (address: string | null) => addressPrefixes(address)[0]

/**
 * The prefix of an address and, for IPv6, the /48 around it, because one customer of a provider often gets a /48 or a
 * /56.
 */
export function addressPrefixes(address: string | null): [prefix: string, network?: string] {
  const [plain] = String(address).split('%', 1) as [string]
  const ipv4 = /^(?:::ffff:)?(\d+\.\d+\.\d+)\.\d+$/i.exec(plain)?.[1]
  if (ipv4 !== undefined) return [`${ipv4}.0/24`]
  // Everything that is not an address shares one prefix, so that every request is limited.
  if (isIP(plain) !== 6) return ['unknown']
  const groups = hextets(plain)
  return [`${groups.slice(0, 4).join(':')}::/64`, `${groups.slice(0, 3).join(':')}::/48`]
}

/** The eight groups of an IPv6 address in their shortest hexadecimal form. */
function hextets(address: string): string[] {
  // The URL parser returns the canonical form (RFC 5952), also for an embedded IPv4 address.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [head = '', tail] = canonical.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail ? tail.split(':') : []
  return [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right]
}

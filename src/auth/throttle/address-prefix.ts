import { isIP } from 'node:net'

/**
 * The network that an address belongs to, within which an attacker changes address for free: the /24 of an IPv4 address
 * and the /64 of an IPv6 address. An IPv4 address that is mapped into IPv6 counts as IPv4.
 */
export function addressPrefix(address: string): string {
  const [plain = ''] = address.split('%', 1)
  const ipv4 = /^(?:::ffff:)?(\d+\.\d+\.\d+)\.\d+$/i.exec(plain)?.[1]
  if (ipv4 !== undefined) return `${ipv4}.0/24`
  // Whatever is not an address at all shares one prefix, so that nothing is ever without a limit.
  if (isIP(plain) !== 6) return 'unknown'
  return `${hextets(plain).slice(0, 4).join(':')}::/64`
}

/** The eight numbers of an IPv6 address in the shortest hexadecimal. */
function hextets(address: string): string[] {
  // The URL parser writes an address in its canonical form (RFC 5952), an embedded IPv4 address included.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [head = '', tail] = canonical.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail ? tail.split(':') : []
  return [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right]
}

import { BlockList, isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { isLoopback } from '../../config/loopback.ts'

/** Why an address must not receive events. */
export class ForbiddenReceiver extends Error {
  override name = 'ForbiddenReceiver'
}

const ranges = (entries: string) => {
  const list = new BlockList()
  for (const entry of entries.split(' ')) {
    const [address = '', bits] = entry.split('/')
    list.addSubnet(address, Number(bits), address.includes(':') ? 'ipv6' : 'ipv4')
  }
  return list
}

/** The special-purpose ranges of the IANA registries (RFC 6890) that no host of the internet has, and Azure's own. */
const special = ranges(
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 2001::/23 2001:db8::/32 2002::/16 3fff::/20'
)
/** Global unicast addresses (RFC 4291 §2.4). All other IPv6 addresses are special, or have an IPv4 address in them. */
const globalUnicast = ranges('2000::/3')
/** Private networks (RFC 1918, RFC 6598, RFC 4193), without the addresses at which clouds serve credentials. */
const privateRanges = ranges('10.0.0.0/8 100.64.0.0/10 172.16.0.0/12 192.168.0.0/16 fc00::/7')
const metadata = ranges('100.100.100.200/32 192.0.0.192/32 fd00:ec2::254/128 fd20:ce::254/128')

const has = (list: BlockList, address: string) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** Whether an address is of the internet, and not one of this machine's networks. */
function isPublic(address: string): boolean {
  if (has(special, address) || (isIP(address) === 6 && !has(globalUnicast, address))) return false
  const own = Object.values(networkInterfaces()).flatMap(all => all?.flatMap(({ cidr }) => cidr ?? []) ?? [])
  return own.length === 0 || !has(ranges(own.join(' ')), address)
}

export type ReceiverRules = ReturnType<typeof createReceiverRules>

/**
 * Decides where webhooks may lead. `hosts` are the only ones that are allowed, also in private networks; without any,
 * every host of the internet is. With `loopback`, this machine is too, by http.
 */
export function createReceiverRules({ hosts, loopback }: { hosts: string[]; loopback: boolean }) {
  const isListed = (host: string) => hosts.includes(host)

  return {
    /** What is wrong with a URL, as the end of a sentence; `undefined` when events may be sent there. */
    faultOf(text: string): string | undefined {
      if (!URL.canParse(text)) return 'must be a URL'
      const { protocol, username, password, hash, hostname } = new URL(text)
      if (protocol !== 'https:' && !(protocol === 'http:' && loopback && isLoopback(hostname)))
        return 'must begin with https://'
      if (username !== '' || password !== '') return 'must not contain a username or password'
      if (hash !== '') return 'must not have a fragment'
      if (hosts.length > 0 && !isListed(hostname)) return 'must have a host of the setting WEBHOOK_HOSTS'
      const address = hostname.replace(/^\[|\]$/g, '')
      if (isIP(address) !== 0 && !this.allows(hostname, address)) return 'must not be an address of a private network'
      return undefined
    },

    /** Whether the host of a webhook may have this address. Checked for every connection, since a name may change. */
    allows(host: string, address: string): boolean {
      if (isLoopback(address)) return loopback
      return isPublic(address) || (isListed(host) && has(privateRanges, address) && !has(metadata, address))
    }
  }
}

import { BlockList, isIPv6, type Socket } from 'node:net'
import fp from 'fastify-plugin'
import { addressPrefixes } from '../../src/auth/throttle/address-prefix.ts'
import type { Config } from '../../src/config/config.ts'

// Closes new connections at once where the process has `most`, or where the network of the client has a quarter of
// them: the /24 of an IPv4 address, or the /48 of an IPv6 address. So nobody takes the connections of all others. The
// proxies of `trustProxy` and Unix sockets may have all, because they carry the requests of many clients.

/** One network has at most this part of the connections of a process. */
export const part = 4

/** The connections of a process. Each is an open file, of which the unit in `deploy/` allows 16,384. */
export const usual = 10_000

/** How long the log says nothing after a line about closed connections. */
const quietMs = 60_000

export default fp<{ config: Pick<Config, 'trustProxy'>; most?: number }>(
  async (app, { config: { trustProxy }, most = usual }) => {
    const { server, metrics, clock, log } = app
    const isProxy = membership(trustProxy)
    const mostOfNetwork = Math.ceil(most / part)
    const open = new Map<string, number>()
    let all = 0
    let closed = 0
    let saidAt = Number.NEGATIVE_INFINITY

    function close(socket: Socket) {
      // Without the memory that the operating system would keep for a connection that the server ends.
      socket.resetAndDestroy()
      metrics.connectionDropped()
    }

    function report(network: string) {
      closed++
      const now = clock.now().getTime()
      if (now - saidAt < quietMs) return
      const advice = trustProxy.length === 0 ? ' If this is a proxy, name it in TRUST_PROXY.' : ''
      log.warn({ network, closed }, `A network has a quarter of all connections; new ones of it are closed.${advice}`)
      saidAt = now
      closed = 0
    }

    // Not `server.maxConnections`: a worker that has as many passes further ones on to the others, without an end.
    server.prependListener('connection', (socket: Socket) => {
      if (all === most) return close(socket)
      all++
      socket.once('close', () => all--)
      const address = socket.remoteAddress?.split('%', 1)[0]
      // That of a Unix socket, or of a client that is gone.
      if (address === undefined || isProxy(address)) return
      const network = addressPrefixes(address).at(-1) as string
      const count = open.get(network) ?? 0
      if (count >= mostOfNetwork) {
        close(socket)
        return report(network)
      }
      open.set(network, count + 1)
      socket.once('close', () => {
        const left = (open.get(network) as number) - 1
        if (left > 0) open.set(network, left)
        else open.delete(network)
      })
    })
  },
  { name: 'connections', dependencies: ['metrics', 'services'] }
)

/** Returns a function that tells whether an IP address is one of `entries`, or in a range of them. */
function membership(entries: string[]) {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/')
    if (bits === undefined) list.addAddress(address, familyOf(address))
    else list.addSubnet(address, Number(bits), familyOf(address))
  }
  return (address: string) => list.check(address, familyOf(address))
}

const familyOf = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4')

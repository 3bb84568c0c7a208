import { isIP } from 'node:net'
import fp from 'fastify-plugin'
import { Problem } from '../../src/base/errors.ts'

// The client's address behind proxies: entries of X-Forwarded-For may have a port and brackets, which are removed
// before `request.ip` is read for the first time. A request whose client address is no IP address is refused.
const withPort = /^(?:\[([^\]]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)$/

/** How many proxies a request may have passed: Fastify compares each entry with all of TRUST_PROXY at each use. */
const most = 20

export default fp(
  async app => {
    app.addHook('onRequest', async request => {
      const { headers } = request.raw
      const given = headers['x-forwarded-for']
      // Node.js joins repeated headers of this name.
      if (typeof given !== 'string') return
      headers['x-forwarded-for'] = given.split(',').slice(-most).map(plainAddress).join(', ')
      // The first entry from the right that no trusted proxy has. The client chooses those left of it.
      if (isIP(request.ip) === 0)
        throw new Problem('invalid_request', 'X-Forwarded-For does not have the IP address of the client.')
    })
  },
  { name: 'forwarded' }
)

function plainAddress(entry: string): string {
  const address = entry.trim()
  const [, ipv6, ipv4] = withPort.exec(address) ?? []
  return ipv6 ?? ipv4 ?? address
}

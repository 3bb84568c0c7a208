import { isIPv6 } from 'node:net'
import fp from 'fastify-plugin'
import { Problem } from '../../src/base/errors.ts'

// Refuses a request whose Host is missing or invalid (RFC 9112 §3.2), and one that repeats a header which is there once:
// another server may read the last one.
export default fp(
  async app => {
    // Most requests have the name of the request before them.
    let known = ''
    app.addHook('onRequest', ({ raw }, _reply, done) => {
      const { host } = raw.headers
      const repeated = repeatedIn(raw.rawHeaders)
      if (repeated !== undefined) throw refusal(`Send one ${repeated} header.`)
      if (host === undefined) {
        if (raw.httpVersion === '1.1') throw refusal('Send a Host header.')
      } else if (host !== known) {
        if (!isHost(host)) throw refusal('The Host header is not a host name or an IP address.')
        known = host
      }
      done()
    })
  },
  { name: 'host' }
)

/** Closes the connection, because what follows may be part of another request than it seems. */
const refusal = (detail: string) => new Problem('invalid_request', detail, { headers: { Connection: 'close' } })

const single = ['Host', 'Authorization', 'Content-Type']

/** The header of `single` that is there more than once, if any. `headers` has only the first. */
const repeatedIn = (rawHeaders: string[]) => single.find(name => count(rawHeaders, name) > 1)

function count(rawHeaders: string[], header: string) {
  let found = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string
    if (name.length === header.length && name.toLowerCase() === header.toLowerCase()) found++
  }
  return found
}

/** The `uri-host` and port of RFC 3986 §3.2.2 and §3.2.3: an IPv6 address, a later form of address, or a name. */
const hostAndPort =
  /^(?:\[(?:([\da-f:.]+)|v[\da-f]+\.[\w.~!$&'()*+,;=:-]+)\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})*)(?::\d*)?$/i

/** Whether `text` is a Host. It may be empty. */
function isHost(text: string) {
  const match = hostAndPort.exec(text)
  return match !== null && (match[1] === undefined || isIPv6(match[1]))
}

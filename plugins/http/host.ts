import { isIPv6 } from 'node:net'
import fp from 'fastify-plugin'
import { Problem } from '../../src/errors.ts'

// Refuses a request whose Host is missing, repeated or invalid (RFC 9112 §3.2).
export default fp(
  async app => {
    // Most requests have the name of the request before them.
    let known = ''
    app.addHook('onRequest', ({ raw }, _reply, done) => {
      const { host } = raw.headers
      if (isRepeated(raw.rawHeaders)) throw refusal('Send one Host header.')
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
const refusal = (detail: string) => new Problem(400, detail, { headers: { Connection: 'close' } })

/** Whether Host is there more than once. `headers` has only the first. */
function isRepeated(rawHeaders: string[]) {
  let count = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string
    if (name.length === 4 && name.toLowerCase() === 'host') count++
  }
  return count > 1
}

/** The `uri-host` and port of RFC 3986 §3.2.2 and §3.2.3: an IPv6 address, a later form of address, or a name. */
const hostAndPort =
  /^(?:\[(?:([\da-f:.]+)|v[\da-f]+\.[\w.~!$&'()*+,;=:-]+)\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})*)(?::\d*)?$/i

/** Whether `text` is a Host. It may be empty. */
function isHost(text: string) {
  const match = hostAndPort.exec(text)
  return match !== null && (match[1] === undefined || isIPv6(match[1]))
}

import { lookup } from 'node:dns'
import { Agent as HttpAgent, request as requestHttp } from 'node:http'
import { Agent, request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { ForbiddenReceiver, type ReceiverRules } from './receiver-address.ts'

/** How many bytes of the body of an answer are read. */
const mostBytes = 16_384

export type Post = ReturnType<typeof createPost>

/**
 * Posts JSON to a URL, and resolves to the status of the answer. Follows no redirect. Rejects without an answer within
 * ten seconds, when `stop` fires, and with ForbiddenReceiver for an address that the rules forbid. The name is resolved
 * here, once for a connection, so what was checked is what is reached.
 */
export function createPost(
  rules: ReceiverRules,
  { resolve = lookup, limitMs = 10_000 }: { resolve?: typeof lookup | undefined; limitMs?: number | undefined } = {}
) {
  const agents = { 'http:': new HttpAgent({ keepAlive: true }), 'https:': new Agent({ keepAlive: true }) }

  const lookupAllowed: LookupFunction = (host, options, done) =>
    resolve(host, { ...options, all: true }, (error, addresses) => {
      const forbidden = error ? undefined : addresses.find(({ address }) => !rules.allows(host, address))
      const refusal = forbidden && new ForbiddenReceiver('its address is not public')
      if (error ?? refusal) done(error ?? (refusal as Error), [])
      else if (options.all) done(null, addresses)
      else done(null, String(addresses[0]?.address), addresses[0]?.family)
    })

  function send(url: URL, headers: Record<string, string>, body: string, stop: AbortSignal): Promise<number> {
    const { protocol, hostname } = url
    const isHttps = protocol === 'https:'
    const limit = AbortSignal.timeout(limitMs)
    const options = {
      ...{ method: 'POST', headers: { ...headers, 'content-length': Buffer.byteLength(body) } },
      ...{ agent: agents[isHttps ? 'https:' : 'http:'], signal: AbortSignal.any([stop, limit]) },
      ...(isIP(hostname.replace(/^\[|\]$/g, '')) === 0 && { lookup: lookupAllowed })
    }
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => reject(limit.aborted ? new Error('no answer within 10 s') : error)
      // Whatever the receiver does, the wait ends.
      options.signal.addEventListener('abort', () => fail(options.signal.reason), { once: true })
      const request = (isHttps ? requestHttps : requestHttp)(url, options)
      request.on('error', error => {
        // The receiver has closed a connection that was kept, so it has not read this request.
        const isStale = request.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET'
        if (isStale && !options.signal.aborted) resolve(send(url, headers, body, stop))
        else fail(error)
      })
      request.on('upgrade', (response, socket) => {
        socket.destroy()
        resolve(Number(response.statusCode))
      })
      request.on('response', response => {
        let bytes = 0
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          if (bytes > mostBytes) response.destroy()
        })
        response.on('error', fail)
        response.on('close', () => resolve(Number(response.statusCode)))
      })
      request.end(body)
    })
  }

  return {
    async post(text: string, headers: Record<string, string>, body: string, stop: AbortSignal): Promise<number> {
      const fault = rules.faultOf(text)
      if (fault !== undefined) throw new ForbiddenReceiver(`the URL ${fault}`)
      return send(new URL(text), headers, body, stop)
    },

    /** Closes the connections. */
    close() {
      for (const agent of Object.values(agents)) agent.destroy()
    }
  }
}

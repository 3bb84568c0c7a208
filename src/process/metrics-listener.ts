import { createServer, type Server } from 'node:http'
import type { Address } from '../config/addresses.ts'
import { listenAt, urlOf } from './listening.ts'

// Loaded when metrics are on: in newer versions of Node.js, an import of `node:http` also loads undici.

/** The metrics for Prometheus: text and its content type. */
export interface Metrics {
  contentType: string
  metrics(): Promise<string>
}

/**
 * Serves `registry` at `/metrics` on a separate address, which is not public. Resolves to the URL and a function that
 * stops the listener. Throws a ConfigError when it cannot listen.
 */
export async function listenForMetrics(
  registry: Metrics,
  address: Address
): Promise<{ url: string; close: () => void }> {
  const server = createServer({ maxHeaderSize: 8192, requestTimeout: 10_000 }, (request, response) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (request.url !== '/metrics' || !isRead) {
      response.writeHead(404).end()
      return
    }
    registry.metrics().then(
      text => response.writeHead(200, { 'Content-Type': registry.contentType, 'Cache-Control': 'no-store' }).end(text),
      () => response.writeHead(503, { 'Retry-After': '5' }).end()
    )
  })
  await listenAt({ host: 'METRICS', port: 'METRICS' }, address, () => listening(server, address))
  return {
    url: `${urlOf(server.address())}/metrics`,
    close() {
      server.close()
      server.closeAllConnections()
    }
  }
}

const listening = (server: Server, { host, port }: Address) =>
  new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve))

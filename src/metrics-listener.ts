import { createServer, type Server } from 'node:http'

/** What is served: Prometheus text, and its content type. */
export interface Readable {
  contentType: string
  metrics(): Promise<string>
}

/**
 * Serves `registry` as Prometheus text at `/metrics`, on an address of its own so that the public one never has it.
 * Resolves once it listens; rejects when it cannot.
 */
export async function listenForMetrics(registry: Readable, address: { host: string; port: number }): Promise<Server> {
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
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(address.port, address.host, resolve))
  return server
}

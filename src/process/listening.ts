import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { localUrl } from '../config/addresses.ts'
import { ConfigError } from '../errors.ts'

/** The address to listen on. */
export interface Address {
  host: string
  port: number
}

/**
 * Runs `start`, which listens at the address of the settings `<prefix>HOST` and `<prefix>PORT`. Throws a ConfigError
 * that names these settings.
 */
export async function listenAt<T>(prefix: string, { host, port }: Address, start: () => Promise<T>): Promise<T> {
  try {
    return await start()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const problems: Record<string, string> = {
      EADDRINUSE: `Port ${port} is already in use: set ${prefix}PORT to another port`,
      EADDRNOTAVAIL: `${prefix}HOST ${host} is not an address of this machine`,
      EACCES: `Port ${port} needs more privileges: set ${prefix}PORT to 1024 or higher`
    }
    throw new ConfigError([problems[String(code)] ?? `Cannot listen on ${prefix}HOST ${host}: ${message}`])
  }
}

/** The URL of a server that listens on this address. */
export function urlOf(address: AddressInfo | string | null): string {
  const { address: host, port } = address as AddressInfo
  return localUrl(host, port)
}

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
  await listenAt('METRICS_', address, () => listening(server, address))
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

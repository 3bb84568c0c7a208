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
    const fault = faults[String(code)] ?? message
    throw new ConfigError([`${prefix}HOST ${host} and ${prefix}PORT ${port} cannot be listened on: ${fault}`])
  }
}

const faults: Record<string, string> = {
  EADDRINUSE: 'another process listens there already',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'the system reserves this port for privileged users'
}

/** The URL of this machine at which a server listens. */
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
 * Serves `registry` at `/metrics` on a separate address, so that the public address never exposes it. Once it listens,
 * resolves to the URL and to a function that stops it. Throws a ConfigError when it cannot listen.
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

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

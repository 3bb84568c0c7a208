import type { AddressInfo } from 'node:net'
import { ConfigError } from '../base/errors.ts'
import { type Address, localUrl } from '../config/addresses.ts'

/**
 * Runs `start`, which listens at the address. Throws a ConfigError that names the settings `names` of its host and
 * port.
 */
export async function listenAt<T>(
  names: Record<keyof Address, string>,
  { host, port }: Address,
  start: () => Promise<T>
): Promise<T> {
  try {
    return await start()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const problems: Record<string, string> = {
      EADDRINUSE: `Port ${port} is already in use. Set ${names.port} to another port`,
      EADDRNOTAVAIL: `${names.host} ${host} is not an address of this machine`,
      EACCES: `Port ${port} needs more privileges. Set ${names.port} to 1024 or higher`
    }
    throw new ConfigError([problems[String(code)] ?? `Cannot listen on ${names.host} ${host}: ${message}`])
  }
}

/** The URL of a server that listens on this address. */
export function urlOf(address: AddressInfo | string | null): string {
  const { address: host, port } = address as AddressInfo
  return localUrl(host, port)
}

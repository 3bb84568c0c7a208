import { isIPv4 } from 'node:net'

/** Whether `host`, from a setting or a URL, is a loopback address or name (RFC 1122 §3.2.1.3, RFC 6761 §6.3). */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase()
  return name === '::1' || /(^|\.)localhost$/.test(name) || (isIPv4(name) && name.startsWith('127.'))
}

/** Whether the issuer is a URL of this machine. */
export const isLocalIssuer = (issuer: string) => isLoopback(new URL(issuer).hostname)

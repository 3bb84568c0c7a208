import { localUrl } from './addresses.ts'
import { isLocalIssuer } from './loopback.ts'
import type { Config } from './settings.ts'

/** Whether the server has passkeys. */
export const hasPasskeys = <T extends Pick<Config, 'rpId' | 'secondFactor'>>(
  config: T
): config is T & { rpId: string } => config.rpId !== undefined && config.secondFactor !== 'off'

/**
 * The origins that may use the passkeys of `rpId` unless RP_ORIGINS names others: its own, and that of the issuer if
 * its host is `rpId` or below. Browsers have passkeys only on pages with https and on localhost.
 */
export function defaultOrigins(rpId: string, issuer: string): string[] {
  const { origin, hostname, protocol } = new URL(issuer)
  const isBelow = hostname === rpId || hostname.endsWith(`.${rpId}`)
  const isSecure = protocol === 'https:' || /(^|\.)localhost$/.test(hostname)
  return [...new Set([`https://${rpId}`, ...(isBelow && isSecure ? [origin] : [])])]
}

/**
 * The issuer of a server without ISSUER. With RP_ID=localhost and no RP_ORIGINS, its host is `localhost`, because
 * browsers have no passkeys on a page whose host is an IP address (WebAuthn Level 3 §5.1.3).
 */
export function defaultIssuer({ host, port, rpId, rpOrigins }: Pick<Config, 'host' | 'port' | 'rpId' | 'rpOrigins'>) {
  const isNamed = rpId === 'localhost' && rpOrigins.length === 0 && ['127.0.0.1', '::1'].includes(host)
  return localUrl(isNamed ? 'localhost' : host, port)
}

/** Why the console has no passkeys although the server has them, and what to set; `undefined` if it has them. */
export function passkeyProblem(
  config: Pick<Config, 'rpId' | 'rpOrigins' | 'secondFactor' | 'issuer' | 'console'>
): string | undefined {
  const { origin, port } = new URL(config.issuer)
  if (!hasPasskeys(config) || config.console === 'off' || config.rpOrigins.includes(origin)) return undefined
  const problem = `The console at ${origin} has no passkeys, because RP_ORIGINS lacks this origin.`
  if (!isLocalIssuer(config.issuer)) return `${problem} Add it, unless only other pages use passkeys.`
  const local = localUrl('localhost', Number(port))
  return `${problem} Set RP_ID=localhost and ISSUER=${local}, and add ${local} to RP_ORIGINS if it is set.`
}

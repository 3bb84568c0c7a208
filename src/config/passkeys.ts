import type { Config } from './settings.ts'

/** The settings that only passkeys need. */
export const passkeySettings = ['rpOrigins', 'androidApps', 'appleApps'] as const

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

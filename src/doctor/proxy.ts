import type { Config } from '../config/config.ts'
import { type Finding, ok, warning } from './finding.ts'

/** An incoming request: its source address and its X-Forwarded-For header. */
export interface Route {
  peer?: string
  forwardedFor?: string
}

/** The address that the server would take for the client's. */
export type ClientAddress = (trustProxy: string[], peer: string, forwardedFor: string) => Promise<string>

const exampleClient = '203.0.113.7'

/** Checks which client address the server sees behind its proxies, and whether it is only the proxy's. */
export async function checkProxy(
  { trustProxy, issuer }: Pick<Config, 'trustProxy' | 'issuer'>,
  { peer = firstAddress(trustProxy), forwardedFor = exampleClient }: Route,
  clientAddress: ClientAddress
): Promise<Finding[]> {
  const seen = await clientAddress(trustProxy, peer, forwardedFor)
  const request = `A request from ${peer} with "X-Forwarded-For: ${forwardedFor}" counts as one of ${seen}`
  return [
    trustProxy.length === 0 && issuer.startsWith('https:')
      ? warning(
          'proxy',
          'TRUST_PROXY is empty and ISSUER is https: every client looks like the proxy, so that a limit by address is of no use and locks out everybody together. Set TRUST_PROXY to the address of the proxy.'
        )
      : ok('proxy', trustProxy.length > 0 ? `TRUST_PROXY is ${trustProxy.join(', ')}.` : 'No proxy is trusted.'),
    ok('client-address', `${request}.`)
  ]
}

const firstAddress = ([first = '127.0.0.1']: string[]) => first.replace(/\/.*/, '')

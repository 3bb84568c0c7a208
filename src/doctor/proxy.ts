import type { Config } from '../config/config.ts'
import { type Finding, ok, warning } from './finding.ts'

/** An incoming request: its source address and its X-Forwarded-For header. */
export interface Route {
  peer?: string
  forwardedFor?: string
}

/** Resolves to the client address that the server would use, or to `undefined` when it would refuse the request. */
export type ClientAddress = (trustProxy: string[], peer: string, forwardedFor: string) => Promise<string | undefined>

const exampleClient = '203.0.113.7'

/** Reports the client address that the server sees behind its proxies. */
export async function checkProxy(
  config: Pick<Config, 'trustProxy' | 'issuer'>,
  { peer = firstAddress(config.trustProxy), forwardedFor = exampleClient }: Route,
  clientAddress: ClientAddress
): Promise<Finding[]> {
  const seen = await clientAddress(config.trustProxy, peer, forwardedFor)
  const request = `A request from ${peer} with "X-Forwarded-For: ${forwardedFor}"`
  return [
    checkTrust(config),
    seen === undefined
      ? warning('client-address', `${request} is refused, because it does not have the IP address of the client.`)
      : ok('client-address', `${request} has the client address ${seen}.`)
  ]
}

/** Checks whether a server behind a proxy trusts one. */
export const checkTrust = ({ trustProxy, issuer }: Pick<Config, 'trustProxy' | 'issuer'>): Finding =>
  trustProxy.length === 0 && issuer.startsWith('https:')
    ? warning(
        'proxy',
        'TRUST_PROXY is empty and ISSUER is https. All clients appear to have the address of the proxy and share its rate limits. Set TRUST_PROXY to the address of the proxy.'
      )
    : ok('proxy', trustProxy.length > 0 ? `TRUST_PROXY is ${trustProxy.join(', ')}.` : 'TRUST_PROXY is empty.')

const firstAddress = ([first = '127.0.0.1']: string[]) => first.replace(/\/.*/, '')

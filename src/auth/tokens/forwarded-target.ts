import { Problem } from '../../base/errors.ts'
import type { ProofTarget } from './presented-token.ts'

/**
 * The method and the URL of the request that a proxy asks about (`auth_request`, ForwardAuth, `forward_auth`). Throws
 * 400 when the proxy does not send all four headers, or they make no URL.
 */
export const forwardedTarget: ProofTarget = ({ headers }) => {
  const [method = '', proto = '', host = '', uri = ''] = names.map(name => headers[name] as string | undefined)
  const url = `${proto}://${host}${uri}`
  const isUrl = /^https?$/.test(proto) && /^[\w.:[\]-]+$/.test(host) && uri.startsWith('/') && URL.canParse(url)
  if (method !== '' && isUrl) return { method, url }
  throw new Problem(
    'invalid_request',
    'For a token that is bound to a key, the proxy must send X-Forwarded-Method, X-Forwarded-Proto, X-Forwarded-Host and X-Forwarded-Uri.'
  )
}

const names = ['x-forwarded-method', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-uri']

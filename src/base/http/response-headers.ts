/**
 * The headers of every response of a server with this issuer. Nothing is cached or sniffed. With an https issuer,
 * browsers use https for a year (HSTS, RFC 6797). This includes the subdomains of the issuer's host, unless the issuer
 * has a path: then the host is that of another site, whose subdomains may serve http.
 */
export function responseHeaders(issuer: string): Record<string, string> {
  const hsts = `max-age=31536000${new URL(issuer).pathname === '/' ? '; includeSubDomains' : ''}`
  // In lower case, which Fastify would otherwise make of each name for each response.
  return {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(issuer.startsWith('https:') ? { 'strict-transport-security': hsts } : {})
  }
}

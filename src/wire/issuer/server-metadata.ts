import { fetchJson } from '../../base/http/fetch-json.ts'

/**
 * The URL of the metadata of `issuer`: the well-known path goes between the host and the path, which loses a trailing
 * slash (RFC 8414 §3.1).
 */
export function metadataUrl(issuer: string): string {
  const { origin, pathname } = new URL(issuer)
  return `${origin}/.well-known/oauth-authorization-server${pathname.replace(/\/$/, '')}`
}

/** The URL of the metadata of an OpenID provider: below the whole issuer (OpenID Connect Discovery 1.0 §4). */
export const openidMetadataUrl = (issuer: string) => `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`

/**
 * The URL under `name` in the metadata of `issuer` (RFC 8414 §2), which is at the URL `at`. It is fetched when first
 * needed, so that an API can start before its issuer. The first valid response is kept; the caller limits the attempts.
 * Rejects when the issuer cannot be reached, or when the metadata names another issuer (§3.3).
 */
export function createDiscovery(
  issuer: string,
  name: 'jwks_uri' | 'introspection_endpoint',
  at = metadataUrl(issuer),
  fetch?: typeof globalThis.fetch
): () => Promise<URL> {
  let found: URL | undefined
  return async () => {
    found ??= await discover(issuer, name, at, fetch)
    return found
  }
}

async function discover(
  issuer: string,
  name: string,
  at: string,
  fetch: typeof globalThis.fetch | undefined
): Promise<URL> {
  const metadata = await fetchJson(at, {}, fetch)
  if (metadata.issuer !== issuer)
    throw new Error(`${at} names the issuer ${JSON.stringify(metadata.issuer)} instead of ${issuer}.`)
  const url = metadata[name]
  if (typeof url !== 'string' || !URL.canParse(url)) throw new Error(`${at} has no ${name}.`)
  if (issuer.startsWith('https:') && !url.startsWith('https:')) throw new Error(`${at} has a ${name} without https.`)
  return new URL(url)
}

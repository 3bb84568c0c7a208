import { fetchJson } from './fetch-json.ts'

/**
 * Where the metadata of `issuer` is: the well-known path goes between the host and the path, which loses a slash at its
 * end (RFC 8414 §3.1).
 */
export function metadataUrl(issuer: string): string {
  const { origin, pathname } = new URL(issuer)
  return `${origin}/.well-known/oauth-authorization-server${pathname.replace(/\/$/, '')}`
}

/**
 * The URL that the metadata of `issuer` has for `name` (RFC 8414 §2). The issuer is asked when that is first needed, and not
 * at the start, so that an API can start before its issuer. The first right answer is kept; who may ask when is for the caller
 * to limit. Rejects when the issuer cannot be reached, or is another one (§3.3).
 */
export function createDiscovery(issuer: string, name: 'jwks_uri' | 'introspection_endpoint'): () => Promise<URL> {
  let found: URL | undefined
  return async () => {
    found ??= await discover(issuer, name)
    return found
  }
}

async function discover(issuer: string, name: string): Promise<URL> {
  const at = metadataUrl(issuer)
  const metadata = await fetchJson(at)
  if (metadata.issuer !== issuer)
    throw new Error(`${at} is of the issuer ${JSON.stringify(metadata.issuer)}, and not of ${issuer}.`)
  const url = metadata[name]
  if (typeof url !== 'string' || !URL.canParse(url)) throw new Error(`${at} has no ${name}.`)
  if (issuer.startsWith('https:') && !url.startsWith('https:')) throw new Error(`${at} has a ${name} without TLS.`)
  return new URL(url)
}

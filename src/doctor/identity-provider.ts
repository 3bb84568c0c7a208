import { fetchJson } from '../base/http/fetch-json.ts'
import { createDiscovery, openidMetadataUrl } from '../wire/issuer/server-metadata.ts'
import { type Finding, ok, warning } from './finding.ts'
import { explain } from './issuer.ts'

/** Whether the keys of an issuer of ID tokens can be read, at the URL in metadata that name the same issuer. */
export async function checkIdentityProvider(issuer: string, fetch: typeof globalThis.fetch): Promise<Finding> {
  try {
    const keysUrl = await createDiscovery(issuer, 'jwks_uri', openidMetadataUrl(issuer), fetch)()
    const { keys } = await fetchJson(keysUrl, {}, fetch)
    if (!Array.isArray(keys) || keys.length === 0) throw new Error(`${keysUrl} has no keys.`)
    return ok('identity-provider', `The keys of ${issuer} can be read.`)
  } catch (thrown) {
    const reason = explain(thrown).reason.replace(/\.$/, '')
    return warning(
      'identity-provider',
      `The keys of ${issuer} cannot be read: ${reason}. Until they can, its ID tokens are refused with 503.`
    )
  }
}

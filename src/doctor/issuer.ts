import { isLocalIssuer } from '../config/loopback.ts'
import { metadataUrl } from '../resource-server/server-metadata.ts'
import { error, type Finding, ok, warning } from './finding.ts'

const limitMs = 3000
/** Node's error codes for a rejected certificate. */
const certificateFault =
  /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET|DECRYPT|DECODE)|CRL|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH/

/** Whether clients reach this server at its issuer, over TLS, and see the same issuer there (RFC 8414 §3.3). */
export async function checkIssuer(issuer: string, fetch: typeof globalThis.fetch): Promise<Finding[]> {
  const isPlain = issuer.startsWith('http:') && !isLocalIssuer(issuer)
  return [
    isPlain
      ? error('issuer', `ISSUER ${issuer} does not use https: passwords and tokens are sent unencrypted.`)
      : ok('issuer', `ISSUER is ${issuer}.`),
    await checkMetadata(issuer, fetch)
  ]
}

async function checkMetadata(issuer: string, fetch: typeof globalThis.fetch): Promise<Finding> {
  const url = metadataUrl(issuer)
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(limitMs), redirect: 'manual' })
    const body = await answer.text()
    if (answer.status !== 200)
      return warning(
        'metadata',
        `${url} answers ${answer.status}. Check that the server is running and that the proxy forwards this path.`
      )
    const found = issuerOf(body)
    return found === issuer
      ? ok('metadata', `${url} names this issuer.`)
      : error('metadata', `${url} names the issuer ${found}. Set ISSUER to the URL that clients use.`)
  } catch (thrown) {
    const { code, reason } = explain(thrown)
    return certificateFault.test(code)
      ? error('metadata', `The certificate of ${url} is not trusted: ${reason} (${code}).`)
      : warning('metadata', `Cannot reach ${url}: ${reason}. Start the server and try again.`)
  }
}

/**
 * The reason why fetch failed is in `cause`. For a host with several addresses, that is an AggregateError without a
 * message.
 */
function explain(thrown: unknown): { code: string; reason: string } {
  const { cause = thrown } = thrown as { cause?: unknown }
  const { code = '', message, errors } = cause as NodeJS.ErrnoException & { errors?: Error[] }
  return { code: String(code), reason: message || errors?.[0]?.message || String(code) }
}

function issuerOf(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body).issuer) === undefined ? 'missing' : String(JSON.parse(body).issuer)
  } catch {
    return 'missing'
  }
}

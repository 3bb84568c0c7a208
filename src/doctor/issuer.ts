import { metadataUrl } from '../resource-server/server-metadata.ts'
import { error, type Finding, ok, warning } from './finding.ts'
import { isLocalIssuer } from './loopback.ts'

const limitMs = 3000
/** Node's error codes for a rejected certificate. */
const certificateFault =
  /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET|DECRYPT|DECODE)|CRL|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH/

/** Whether clients reach this server at its issuer, over TLS, and see the same issuer there (RFC 8414 §3.3). */
export async function checkIssuer(issuer: string, fetch: typeof globalThis.fetch): Promise<Finding[]> {
  const isPlain = issuer.startsWith('http:') && !isLocalIssuer(issuer)
  return [
    isPlain
      ? error('issuer', `ISSUER ${issuer} is not https: passwords and tokens cross the network in the clear.`)
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
      return warning('metadata', `${url} answers ${answer.status}: is the server up, and does the proxy pass it on?`)
    const found = issuerOf(body)
    return found === issuer
      ? ok('metadata', `${url} is this server.`)
      : error('metadata', `${url} says that its issuer is ${found}: set ISSUER to the URL that clients use.`)
  } catch (thrown) {
    const { code, reason } = explain(thrown)
    return certificateFault.test(code)
      ? error('metadata', `The certificate of ${url} is not accepted: ${reason} (${code}).`)
      : warning('metadata', `${url} cannot be reached from here: ${reason}. Start the server and try again.`)
  }
}

/**
 * The cause holds the reason why fetch failed. A host with several addresses has one error for each, in a wrapper
 * without its own message.
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

import { metadataUrl } from '../wire/issuer/server-metadata.ts'
import { error, type Finding, ok, warning } from './finding.ts'

const limitMs = 3000
/** Node's error codes for a rejected certificate. */
const certificateFault =
  /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET|DECRYPT|DECODE)|CRL|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH/

/** Advice about a certificate, by Node's error code. */
const certificateAdvice: [RegExp, string][] = [
  [/EXPIRED/, 'Renew it.'],
  [/NOT_YET_VALID/, 'Check the clock of this machine.'],
  [/ALTNAME|HOSTNAME/, 'Install a certificate for this host.'],
  [
    /SELF_SIGNED|UNABLE_TO_(VERIFY|GET)/,
    'Install it with its intermediate certificates. If it is from a CA of your own, run this command with NODE_EXTRA_CA_CERTS set to the certificate of that CA.'
  ],
  [/^/, 'Install one that clients trust.']
]

/** Advice for no response, by Node's error code. */
const connectionAdvice: [RegExp, string][] = [
  [/^ENOTFOUND$/, 'DNS does not know this host: add a record for it, or correct ISSUER.'],
  [/^EAI_AGAIN$/, 'The DNS server of this machine does not respond: check the network.'],
  [/^ECONNREFUSED$/, 'Nothing listens there: start the server, and the proxy in front of it.'],
  [/TIMEOUT|TIMEDOUT|UNREACH/, 'Check the firewalls and routes between this machine and that host.'],
  [/^EPROTO$|SSL/, 'ISSUER says https, and the host speaks something else there: set up TLS in the proxy.'],
  [/^/, 'Check that the server and the proxy in front of it are running.']
]

/** Advice about a status other than 200. */
const statusAdvice: [RegExp, string][] = [
  [/^3/, 'Clients follow no redirect here: remove it for this path, or set ISSUER to the URL that it leads to.'],
  [/^401|^403/, 'Let the proxy forward this path without a login.'],
  [/^404/, 'Check that the proxy forwards this path, and does not change it.'],
  [/^50[234]/, 'The proxy does not reach the server: start the server, and check the address in the proxy.'],
  [/^/, 'Check the logs of the proxy and the server.']
]

const adviceFor = (table: [RegExp, string][], symptom: string) =>
  (table.find(([pattern]) => pattern.test(symptom)) as [RegExp, string])[1]

/** Whether clients reach this server at its issuer, and see the same issuer there (RFC 8414 §3.3). */
export async function checkIssuer(issuer: string, fetch: typeof globalThis.fetch): Promise<Finding> {
  const url = metadataUrl(issuer)
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(limitMs), redirect: 'manual' })
    const body = await answer.text()
    if (answer.status !== 200)
      return warning('metadata', `${url} answers ${answer.status}. ${adviceFor(statusAdvice, String(answer.status))}`)
    const found = issuerOf(body)
    return found === issuer
      ? ok('metadata', `${url} names this issuer.`)
      : error('metadata', `${url} names the issuer ${found}. Set ISSUER to the URL that clients use.`)
  } catch (thrown) {
    const { code, reason } = explain(thrown)
    return certificateFault.test(code)
      ? error(
          'metadata',
          `The certificate of ${url} is not trusted: ${reason} (${code}). ${adviceFor(certificateAdvice, code)}`
        )
      : warning('metadata', `Cannot reach ${url}: ${reason}. ${adviceFor(connectionAdvice, code)}`)
  }
}

/**
 * Node's error code, and the reason in words. The reason why fetch failed is in `cause`. For a host with several
 * addresses, that is an AggregateError without a message.
 */
export function explain(thrown: unknown): { code: string; reason: string } {
  const { cause = thrown } = thrown as { cause?: unknown }
  const { code = '', name, message, errors } = cause as NodeJS.ErrnoException & { errors?: Error[] }
  // The code of a DOMException is a number.
  return {
    code: name === 'TimeoutError' ? 'TIMEOUT' : String(code),
    reason: message || errors?.[0]?.message || String(code)
  }
}

function issuerOf(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body).issuer) === undefined ? 'missing' : String(JSON.parse(body).issuer)
  } catch {
    return 'missing'
  }
}

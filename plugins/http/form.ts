import formbody from '@fastify/formbody'
import type { onRequestHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { formDecode } from '../../src/auth/clients/presented-client.ts'
import { OAuthError } from '../../src/base/errors.ts'

// Accepts only `application/x-www-form-urlencoded` bodies, and no parameter of one in the URL. Register it in a scope
// that has only OAuth endpoints, before them.
export default fp(
  async app => {
    app.removeAllContentTypeParsers()
    await app.register(formbody, { parser: parseForm })
    app.addHook('onRequest', refuseForeignPages)
    const parameters = new Set<string>()
    app.addHook('onRoute', ({ schema }) => {
      const { properties = {} } = (schema?.body ?? {}) as { properties?: object }
      for (const name of Object.keys(properties)) parameters.add(name)
    })
    app.addHook('preValidation', (request, _reply, done) => {
      const inUrl = Object.keys(request.query as object).find(name => parameters.has(name))
      if (inUrl !== undefined) {
        // URLs end up in logs and histories (RFC 6749 §2.3.1).
        throw new OAuthError('invalid_request', `Send ${inUrl} in the body, not in the URL.`)
      }
      if (!request.body) {
        throw new OAuthError('invalid_request', 'Send the parameters as application/x-www-form-urlencoded.')
      }
      done()
    })
  },
  { name: 'form' }
)

/**
 * Refuses a form that a page of another site sends, unless CORS lets its origin read the response. Otherwise such a
 * page could use up the attempts of a visitor's address. Browsers that do not send Sec-Fetch-Site are served.
 */
const refuseForeignPages: onRequestHookHandler = ({ headers }, reply, done) => {
  const isForeign = headers['sec-fetch-site'] === 'cross-site'
  const allowed = isForeign ? reply.getHeader('Access-Control-Allow-Origin') : '*'
  if (allowed === undefined || (allowed !== '*' && allowed !== headers.origin)) {
    throw new OAuthError(
      'invalid_request',
      'A web page of another site sent this. To allow it, add its origin to CORS_ORIGINS.'
    )
  }
  done()
}

/**
 * The parameters of a form (RFC 6749 Appendix B), on an object without a prototype. An empty parameter counts as
 * omitted (§3.2). Throws `invalid_request` for a repeated parameter, for bytes that are not UTF-8, and for JSON, which
 * some SDKs send as a form.
 */
export function parseForm(text: string): Record<string, string> {
  if (/^\s*\{\s*"/.test(text)) {
    throw new OAuthError('invalid_request', 'The body looks like JSON. Send application/x-www-form-urlencoded.')
  }
  const form: Record<string, string> = Object.create(null)
  const empty: string[] = []
  for (const pair of text.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decode(equals < 0 ? pair : pair.slice(0, equals))
    if (name in form) throw repeated(name)
    const value = equals < 0 ? '' : decode(pair.slice(equals + 1))
    form[name] = value
    if (value === '') empty.push(name)
  }
  for (const name of empty) delete form[name]
  return form
}

/** A client may name several resources (RFC 8707 §2), but this server issues a token for one. */
const repeated = (name: string) =>
  name === 'resource'
    ? new OAuthError('invalid_target', 'Name one resource in each request.')
    : new OAuthError('invalid_request', `The parameter ${name} appears more than once.`)

function decode(text: string) {
  try {
    // The body decoder replaces bytes that are not UTF-8 with U+FFFD. A genuine U+FFFD arrives percent-encoded.
    if (!text.includes('\ufffd')) return formDecode(text)
  } catch {
    // decodeURIComponent rejected the text.
  }
  throw new OAuthError('invalid_request', 'The form is not valid percent-encoded UTF-8.')
}

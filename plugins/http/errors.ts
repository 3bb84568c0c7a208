import type { Socket } from 'node:net'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { OAuthError, Problem, type ProblemCode, problemCodeOf, problemCodes } from '../../src/base/errors.ts'
import { responseHeaders } from '../../src/base/http/response-headers.ts'
import { invalidBySchema } from '../../src/base/http/schema-problems.ts'
import { bodyTypes } from '../../src/base/strict-json.ts'
import { StoreError } from '../../src/store/errors.ts'
import { inSchemeOf } from '../../src/wire/authenticate-header.ts'

// The only error handler. An error becomes an OAuthError on a route with `config: { oauth: true }` and a Problem on
// every other route. A route with `config: { page: true }` shows the Problem as an HTML page. Internal details go only
// to the log.
declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route responds with the errors of RFC 6749 §5.2. */
    oauth?: boolean
    /** The route responds with errors as HTML pages. */
    page?: boolean
  }
}

export default fp(
  async app => {
    app.setErrorHandler(answerError)
    app.setNotFoundHandler(() => {
      throw new Problem('not_found', 'This URL does not exist.')
    })
  },
  { name: 'errors', dependencies: ['outage'] }
)

/** Responds with `error`. Also handles errors that occur before a route is found. */
export function answerError(this: FastifyInstance, error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const refusal = request.routeOptions?.config?.oauth ? toOAuthError(error) : toProblem(error)
  // A 503 without a cause is deliberate. It is not logged, so that an overload does not flood the log.
  const isLogged = refusal.status >= 500 && (refusal.status !== 503 || refusal.cause !== undefined)
  if (isLogged && !(refusal.cause && this.isOutage(refusal.cause, 'request')))
    request.log.error({ err: refusal.cause ?? refusal }, 'the request failed')
  reply.code(refusal.status).headers(inSchemeOf(request.headers.authorization, refusal.headers))
  // RFC 5789 §2.2
  if (refusal.status === 415 && request.method === 'PATCH')
    reply.header('Accept-Patch', bodyTypes(request.routeOptions?.schema).join(', '))
  if (refusal instanceof OAuthError) {
    // Only the code, which is one of a fixed list: a description may quote the request.
    reply.log = reply.log.child({ error: refusal.code })
    return reply.send({ error: refusal.code, error_description: refusal.message, ...refusal.members })
  }
  if (request.routeOptions?.config?.page) return reply.problemPage(refusal)
  return reply.type('application/problem+json').send({
    ...problemBody(refusal.status, refusal.code, refusal.message),
    instance: instanceOf(request.originalUrl),
    ...(refusal.errors.length > 0 ? { errors: refusal.errors } : {}),
    ...refusal.members
  })
}

/**
 * The path of a requested URL as a URI reference of this server (RFC 9457 §3.1.5, RFC 3986 §3.3): it begins with one
 * slash, and has no character that a URI cannot have.
 */
const instanceOf = (url: string) =>
  url
    .replace(/\?.*/, '')
    .replace(/^(?:[a-z][\w+.-]*:\/\/[^/]*)?\/*/i, '/')
    .replace(/[^\w.~!$&'()*+,;=:@/%-]|%(?![\da-f]{2})/gi, encodeURIComponent)

const problemBody = (status: number, code: ProblemCode, detail: string) => ({
  type: 'about:blank',
  title: titles[status] ?? 'Error',
  status,
  code,
  detail
})

/**
 * Returns a handler that responds to a malformed, too large or too slow request, for which Fastify runs no hooks, and
 * closes the connection.
 */
export function createAnswerClientError(issuer: string) {
  const headers = Object.entries(responseHeaders(issuer)).map(([name, value]) => `${name}: ${value}`)
  return (error: { code?: string }, socket: Socket) => {
    if (!socket.writable) return void socket.destroy()
    const [code, detail] = clientErrors[error.code ?? ''] ?? ['invalid_request', 'The request is not valid HTTP.']
    const [status] = problemCodes[code]
    const body = JSON.stringify(problemBody(status, code, detail))
    const head = [
      `HTTP/1.1 ${status} ${titles[status]}`,
      'Content-Type: application/problem+json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...headers,
      `Date: ${new Date().toUTCString()}`,
      'Connection: close'
    ]
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
  }
}

const clientErrors: Record<string, [ProblemCode, string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request did not arrive in time.'],
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'The headers are larger than 8 KiB.']
}

const titles: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable'
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof OAuthError) {
    const { status, message, headers, cause } = error
    return new Problem(problemCodeOf(status), message, { status, headers, cause })
  }
  if (error instanceof StoreError) return storeProblem(error)
  // A handler can throw any value, including `undefined`.
  const { code, statusCode = 500, validation, message } = (error ?? {}) as FastifyError
  // Fastify's message contains the URL, which may have a secret in its query.
  if (code === 'FST_ERR_BAD_URL') return new Problem('invalid_request', 'The URL has an invalid percent-encoding.')
  if (code === 'FST_ERR_MAX_PARAM_LENGTH')
    return new Problem('uri_too_long', 'A path parameter is longer than 100 characters.')
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new Problem('unsupported_media_type', 'Send the body as application/json.')
  if (validation) return invalidBySchema(validation)
  if (statusCode < 500) return new Problem(problemCodeOf(statusCode), message, { status: statusCode })
  return new Problem('server_error', 'Internal server error. The cause has been logged.', { cause: error })
}

function storeProblem(error: StoreError): Problem {
  if (error.code === 'conflict')
    return new Problem('changed_meanwhile', 'Another request changed the same data. Try again.', { cause: error })
  if (error.code === 'unavailable') {
    return new Problem('temporarily_unavailable', 'The database is unavailable. Try again in a moment.', {
      headers: { 'Retry-After': '1' },
      cause: error
    })
  }
  return new Problem('server_error', 'Internal server error. The cause has been logged.', { cause: error })
}

function toOAuthError(error: unknown): OAuthError {
  if (error instanceof OAuthError) return error
  const { status, message, headers, cause } = toProblem(error)
  if (status === 503) return new OAuthError('temporarily_unavailable', message, { status, headers, cause })
  if (status >= 500) return new OAuthError('server_error', message, { status, headers, cause })
  if (status === 415)
    return new OAuthError('invalid_request', 'Send the parameters as application/x-www-form-urlencoded.')
  // RFC 6749 §5.2 has one status for malformed requests. Only 405 and 413 keep their own.
  return new OAuthError('invalid_request', message, {
    status: status === 405 || status === 413 ? status : 400,
    headers
  })
}

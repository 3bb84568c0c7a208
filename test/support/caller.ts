import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { bearer, password } from './app.ts'

/** A server's answer; `body` is parsed as JSON if there is any, `ms` is the duration. */
export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  // biome-ignore lint/suspicious/noExplicitAny: as with inject's own json(), the tests say what it is
  body: any
  ms: number
}

/** The request besides its path. */
export interface Call {
  method?: string
  form?: Record<string, string>
  json?: unknown
  headers?: Record<string, string>
}

export type Caller = ReturnType<typeof createCaller>

/**
 * A client with one connection to `url`, kept open until the test ends; `from` is its own address. A call rejects when
 * the connection fails.
 */
export function createCaller(t: Pick<Test, 'teardown'>, url: string, from = '127.0.0.1') {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, localAddress: from })
  t.teardown(() => agent.destroy())

  async function call(path: string, { method, form, json, headers = {} }: Call = {}): Promise<Answer> {
    const begun = performance.now()
    const payload = form ? new URLSearchParams(form).toString() : json === undefined ? '' : JSON.stringify(json)
    const sent = request(`${url}${path}`, {
      agent,
      method: method ?? (payload ? 'POST' : 'GET'),
      headers: {
        ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...(payload ? { 'content-length': Buffer.byteLength(payload) } : {}),
        ...headers
      }
    })
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      sent.once('response', resolve).once('error', reject).end(payload)
    })
    const body = await text(response)
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: /json/.test(response.headers['content-type'] ?? '') ? JSON.parse(body) : body,
      ms: performance.now() - begun
    }
  }

  return {
    call,
    get: (path: string, token: string) => call(path, { headers: bearer(token) }),
    post: (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
      call(path, { form, headers }),
    logIn: (given: Record<string, string> = {}, headers: Record<string, string> = {}) =>
      call('/token', { form: { grant_type: 'password', username: 'alice', password, ...given }, headers }),
    refresh: (token: string) => call('/token', { form: { grant_type: 'refresh_token', refresh_token: token } })
  }
}

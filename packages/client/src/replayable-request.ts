/** A request that can be sent again with other headers for another access token. */
export interface ReplayableRequest {
  url: string
  method: string
  signal: AbortSignal | undefined
  /**
   * Whether the body is a stream, which can be sent only once: it may be too large to be buffered.
   */
  isSentOnce: boolean
  /** Sends the request with the headers of an access token; `isKept` if it may have to be sent again. */
  send(tokenHeaders?: Record<string, string>, isKept?: boolean): Promise<Response>
}

/** The request in the arguments of `fetch`. Throws the TypeError that `fetch` rejects with when the URL is invalid. */
export function createReplayableRequest(
  fetch: typeof globalThis.fetch,
  ...[input, init]: Parameters<typeof globalThis.fetch>
): ReplayableRequest {
  const isSentOnce = isStream(init?.body)
  const template = [input, init].find(isRequest)
  if (template) {
    const request = new (kindOf(template))(input, init)
    return {
      url: request.url,
      method: request.method,
      signal: request.signal,
      isSentOnce,
      async send(tokenHeaders = {}, isKept) {
        const sent = isKept && !isSentOnce ? request.clone() : request
        for (const [name, value] of Object.entries(tokenHeaders)) sent.headers.set(name, value)
        return await fetch(sent)
      }
    }
  }
  const { url, method } = new Request(input, init?.method === undefined ? {} : { method: init.method })
  const [values, given] = [{ ...init }, new Headers(init?.headers)]
  return {
    url,
    method,
    signal: values.signal ?? undefined,
    isSentOnce,
    async send(tokenHeaders = {}) {
      const headers = new Headers(given)
      for (const [name, value] of Object.entries(tokenHeaders)) headers.set(name, value)
      // Plain values, because a custom `fetch` may not know the platform's Request and Headers.
      return await fetch(url, { ...values, headers: Object.fromEntries(headers) })
    }
  }
}

const isRequest = (value: unknown): value is Request =>
  typeof (value as Request | null | undefined)?.clone === 'function'

/** The constructor of this request, which may not be the global one. */
const kindOf = (request: object) => (request instanceof Request ? Request : request.constructor) as typeof Request

/** Whether it is a ReadableStream, which not all browsers can iterate, or a Node stream. */
const isStream = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && ('getReader' in body || Symbol.asyncIterator in body)

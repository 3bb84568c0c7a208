/** A request that can be sent again with another access token. */
export interface ReplayableRequest {
  url: string
  signal: AbortSignal | undefined
  /**
   * Whether the body is a stream, which can be sent only once: it may be too large to be buffered.
   */
  isSentOnce: boolean
  /** Sends the request with an access token; `isKept` if it may have to be sent again. */
  send(accessToken?: string, isKept?: boolean): Promise<Response>
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
      signal: request.signal,
      isSentOnce,
      async send(accessToken, isKept) {
        const sent = isKept && !isSentOnce ? request.clone() : request
        if (accessToken) sent.headers.set('Authorization', `Bearer ${accessToken}`)
        return await fetch(sent)
      }
    }
  }
  const { url } = new Request(input)
  const [values, headers] = [{ ...init }, new Headers(init?.headers)]
  return {
    url,
    signal: values.signal ?? undefined,
    isSentOnce,
    async send(accessToken) {
      if (accessToken) headers.set('Authorization', `Bearer ${accessToken}`)
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

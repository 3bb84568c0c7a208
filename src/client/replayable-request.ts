/** A request that is about to be sent. */
export interface Outgoing {
  url: string
  signal: AbortSignal | undefined
  /**
   * Whether its body can be sent only once. A stream is not buffered for a retry, because it may not fit into memory.
   */
  isSentOnce: boolean
  /** Sends the request with an access token; `isKept` says that it may have to be sent again. */
  send(accessToken?: string, isKept?: boolean): Promise<Response>
}

/** The request in the arguments of `fetch`. Throws the TypeError that `fetch` rejects with when the URL is invalid. */
export function createOutgoing(
  fetch: typeof globalThis.fetch,
  ...[input, init]: Parameters<typeof globalThis.fetch>
): Outgoing {
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

/** The Request constructor of this request, which is the one that its `fetch` knows. */
const kindOf = (request: object) => (request instanceof Request ? Request : request.constructor) as typeof Request

/** Whether it is a ReadableStream, which not all browsers can iterate, or a Node stream. */
const isStream = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && ('getReader' in body || Symbol.asyncIterator in body)

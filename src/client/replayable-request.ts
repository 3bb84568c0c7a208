/** A request that is about to be sent. */
export interface Outgoing {
  url: string
  signal: AbortSignal | undefined
  /** Whether its body is gone once it has been sent. A stream is not kept for another time: it may not fit into memory. */
  isSentOnce: boolean
  /** Sends it, with an access token; `isKept` says that it may have to be sent again. */
  send(accessToken?: string, isKept?: boolean): Promise<Response>
}

/** What `fetch` was asked for. Throws the TypeError that `fetch` rejects with when there is no such URL. */
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
      // Plain values: a `fetch` that is not the platform's own does not know the platform's Request and Headers.
      return await fetch(url, { ...values, headers: Object.fromEntries(headers) })
    }
  }
}

const isRequest = (value: unknown): value is Request =>
  typeof (value as Request | null | undefined)?.clone === 'function'

/** What makes a Request of this one's kind, which is the one that the `fetch` knows. */
const kindOf = (request: object) => (request instanceof Request ? Request : request.constructor) as typeof Request

/** Whether it is a ReadableStream, which not all browsers can iterate, or a stream of Node. */
const isStream = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && ('getReader' in body || Symbol.asyncIterator in body)

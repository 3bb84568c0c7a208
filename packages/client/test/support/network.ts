/** Handles a request; `send` passes it on. */
export type Fault = (send: () => Promise<Response>) => Promise<Response>

const broken = () => new TypeError('fetch failed')

/** The request does not arrive. */
export const cut: Fault = async () => {
  throw broken()
}

/** The request arrives and is answered, and the answer is lost. */
export const loseAnswer: Fault = async send => {
  await send()
  throw broken()
}

/** A third party answers, such as a proxy or a captive portal. */
export const answerWith =
  (...answer: ConstructorParameters<typeof Response>): Fault =>
  async () =>
    new Response(...answer)

/**
 * A `fetch` that records every request as method and path. `plan` sets faults for a path: each applies to one request,
 * in order.
 */
export function createNetwork() {
  const requests: string[] = []
  const plans = new Map<string, Fault[]>()
  return {
    requests,
    count: (request: string) => requests.filter(made => made === request).length,
    plan: (path: string, ...faults: Fault[]) => void plans.set(path, faults),
    async fetch(...[input, init]: Parameters<typeof globalThis.fetch>): Promise<Response> {
      const request = new Request(input, init)
      const { pathname } = new URL(request.url)
      requests.push(`${request.method} ${pathname}`)
      const fault: Fault = plans.get(pathname)?.shift() ?? (send => send())
      return await fault(() => fetch(request))
    }
  }
}

import type { Client } from 'openapi-fetch'
import type { paths } from './openapi.d.ts'

const methods = ['GET', 'POST', 'PATCH', 'DELETE'] as const

/** The parts of the options of `openapi-fetch` that the console uses. */
interface Options {
  params?: { path?: Record<string, string>; query?: object; header?: Record<string, string> }
  body?: unknown
  signal?: AbortSignal
}

/** The operations of the server, as `openapi-fetch` has them, whose own code does more and is four times as large. */
export function createOperations(server: string, fetch: (request: Request) => Promise<Response>) {
  const operation =
    (method: string) =>
    async (path: string, { params = {}, body, signal }: Options = {}) => {
      const filled = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(params.path?.[name])))
      const query = new URLSearchParams()
      for (const [name, value] of Object.entries(params.query ?? {})) query.set(name, `${value}`)
      const request = new Request(`${server}${filled}${query.size > 0 ? `?${query}` : ''}`, {
        method,
        headers: { ...(body !== undefined && { 'Content-Type': 'application/json' }), ...params.header },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(signal && { signal })
      })
      const response = await fetch(request)
      const text = await response.text()
      if (response.ok) return { data: text ? JSON.parse(text) : undefined, response }
      return { error: problemIn(text), response }
    }
  return Object.fromEntries(methods.map(method => [method, operation(method)])) as unknown as Pick<
    Client<paths>,
    (typeof methods)[number]
  >
}

/** The problem in an error, which a proxy may have answered in HTML. */
function problemIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

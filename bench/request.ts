/** A request in the form that every load generator sends. */
export interface HttpRequest {
  method: 'GET' | 'POST'
  path: string
  headers?: Record<string, string>
  body?: string
}

export interface Answer {
  status: number
  text: string
  json: Record<string, unknown>
  headers: Headers
}

export const getJson = (path: string, token: string): HttpRequest => {
  return { method: 'GET', path, headers: { authorization: `Bearer ${token}` } }
}

export const postJson = (path: string, body: object): HttpRequest => {
  return { method: 'POST', path, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

export const postForm = (path: string, fields: Record<string, string>): HttpRequest => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return { method: 'POST', path, headers, body: new URLSearchParams(fields).toString() }
}

/**
 * Sends one request, outside of any measurement. Throws unless the response is a success with a JSON object or no
 * body.
 */
export async function ask(url: string, { path, ...request }: HttpRequest): Promise<Answer> {
  const response = await fetch(url + path, { ...request, signal: AbortSignal.timeout(30_000) })
  const text = await response.text()
  if (!response.ok) throw new Error(`${request.method} ${url}${path} answered ${response.status}: ${text}`)
  return { status: response.status, text, json: JSON.parse(text || '{}'), headers: response.headers }
}

/** Timeout of a response from the issuer (milliseconds). */
const limitMs = 5000

/** The JSON object at `url`. Rejects for every other response, including redirects, and after five seconds. */
export async function fetchJson(url: string | URL, init: RequestInit = {}): Promise<Record<string, unknown>> {
  const answer = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(limitMs) })
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(`${url} responded with status ${answer.status}.`)
  const body: unknown = JSON.parse(text)
  if (typeof body !== 'object' || body === null) throw new Error(`${url} did not return a JSON object.`)
  return body as Record<string, unknown>
}

import { boundedText } from './bounded-text.ts'

/** Timeout of a response from the issuer (milliseconds). */
const limitMs = 5000
/** The most bytes of a response. Key sets have a few thousand. */
const mostBytes = 262_144

/**
 * The JSON object at `url`. Rejects for every other response, including redirects, for one of more than 256 KiB, and
 * after five seconds.
 */
export async function fetchJson(
  url: string | URL,
  init: RequestInit = {},
  fetch = globalThis.fetch
): Promise<Record<string, unknown>> {
  const answer = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(limitMs) })
  if (answer.status !== 200) {
    await answer.body?.cancel()
    throw new Error(`${url} responded with status ${answer.status}.`)
  }
  const body: unknown = JSON.parse(await boundedText(answer, mostBytes))
  if (typeof body !== 'object' || body === null) throw new Error(`${url} did not return a JSON object.`)
  return body as Record<string, unknown>
}

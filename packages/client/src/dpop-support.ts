const path = '/.well-known/oauth-authorization-server'

/**
 * Whether the server at `url` binds tokens to keys, according to its metadata (RFC 9449 §5.1): a page of another origin
 * cannot send a proof to a server that does not expect the header. Asks once; an answer that is not from the server is
 * `false` until the next question. Never rejects. Calls `onAnswer` with the answer, which has the first nonce (§8.2).
 */
export function createDpopSupport(
  url: string,
  fetch: typeof globalThis.fetch,
  onAnswer: (url: string, answer: Response) => void
) {
  let known: boolean | undefined

  async function ask(signal: AbortSignal | undefined): Promise<boolean | undefined> {
    const answer = await fetch(url + path, { redirect: 'error', ...(signal && { signal }) })
    if (!answer.ok) return undefined
    onAnswer(url, answer)
    const { issuer, dpop_signing_alg_values_supported: algs } = (await answer.json()) as Partial<
      Record<string, unknown>
    >
    // A proof is for one URL. A server that is reached by another URL than its own would refuse it.
    return issuer === url && Array.isArray(algs) && algs.includes('ES256')
  }

  return async (signal?: AbortSignal): Promise<boolean> => {
    known ??= await ask(signal).catch(() => undefined)
    return known === true
  }
}

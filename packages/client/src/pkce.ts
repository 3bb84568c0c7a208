import { base64url } from './base64url.ts'

/** A verifier and the parameters of its challenge (RFC 7636 §4). */
export interface Pkce {
  verifier: string
  challenge: { code_challenge: string; code_challenge_method: 'S256' }
}

/** Whether the platform can hash. Pages with http and React Native lack `crypto.subtle`. */
export const canHash = () => globalThis.crypto?.subtle !== undefined

/** A new verifier and its challenge. Rejects with an Error where the platform cannot hash. */
export async function createPkce(): Promise<Pkce> {
  if (!canHash()) throw new Error('This login or step-up needs crypto.subtle: serve the page with https.')
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)).buffer)
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
  return { verifier, challenge: { code_challenge: base64url(hash), code_challenge_method: 'S256' } }
}

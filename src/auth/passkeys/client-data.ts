import type { RelyingParty } from './relying-party.ts'

/** The client's data about a ceremony (WebAuthn L3 §5.8.1). */
export interface ClientData {
  type: unknown
  challenge: string
  origin: string
}

/**
 * Reads the client data of a ceremony of `type` at one of the origins of `party`. Throws an Error with the reason in
 * public words when they are not (WebAuthn L3 §7.1 steps 5 to 11, §7.2 steps 8 to 14).
 */
export function readClientData(
  clientDataJSON: string,
  type: 'webauthn.create' | 'webauthn.get',
  { origins }: Pick<RelyingParty, 'origins'>
): ClientData {
  const data = parse(clientDataJSON)
  if (data.type !== type) throw new Error(`its client data type is not ${type}`)
  const { challenge, origin } = data
  if (typeof challenge !== 'string' || typeof origin !== 'string')
    throw new Error('its client data have no challenge or no origin')
  if (!origins.includes(origin)) throw new Error('its origin may not use the passkeys of this server')
  // Pages of another site may not frame the pages that use the passkeys.
  if (data.crossOrigin === true || data.topOrigin !== undefined)
    throw new Error('it comes from a frame in a page of another origin')
  return { type, challenge, origin }
}

function parse(clientDataJSON: string): Record<string, unknown> {
  try {
    const data = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(clientDataJSON, 'base64url')))
    if (typeof data === 'object' && data !== null) return data
  } catch {
    // The same refusal as for other data.
  }
  throw new Error('its client data are not a JSON object')
}

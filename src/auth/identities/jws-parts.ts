import { isObject, parseJson } from '../../strict-json.ts'
import { IdTokenRefusal } from './id-token-refusal.ts'

const compact = /^([\w-]+)\.([\w-]*)\.[\w-]+$/

/**
 * The first two parts of a JWS in the compact serialization (RFC 7515 §7.1). Throws an IdTokenRefusal for other text.
 */
export function jwsParts(text: string): { header: string; payload: string } {
  const [, header, payload] = compact.exec(text) ?? []
  if (header === undefined || payload === undefined)
    throw new IdTokenRefusal('The ID token must have three parts in base64url, separated by dots.')
  return { header, payload }
}

/**
 * The JSON object in a part. Throws an IdTokenRefusal for any other text, for a member that an object has twice (RFC
 * 7515 §4, RFC 7519 §4), and for one that names a prototype.
 */
export function objectIn(part: string, name: 'header' | 'payload'): Record<string, unknown> {
  const bytes = Buffer.from(part, 'base64url')
  // Decoders differ in what they do with the bits that the last character has too many.
  if (bytes.toString('base64url') !== part) throw new IdTokenRefusal(`The ${name} of the ID token is not base64url.`)
  try {
    const value = parseJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
    if (isObject(value)) return value
  } catch (cause) {
    throw new IdTokenRefusal(`The ${name} of the ID token is not JSON in UTF-8 with distinct names.`, { cause })
  }
  throw new IdTokenRefusal(`The ${name} of the ID token is not a JSON object.`)
}

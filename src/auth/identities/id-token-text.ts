import { isObject, parseJson } from '../../strict-json.ts'
import { IdTokenRefusal } from './id-token-refusal.ts'

/** The parts of an ID token. Nothing in them is verified. */
export interface IdTokenParts {
  header: Record<string, unknown>
  claims: Record<string, unknown>
  /** The part that is signed. */
  signingInput: string
}

const compact = /^([\w-]+)\.([\w-]+)\.[\w-]+$/

/**
 * The parts of a JWS in the compact serialization (RFC 7515 §7.1) whose header and payload are JSON objects. Throws an
 * IdTokenRefusal for any other text, for a member that an object has twice (§4, RFC 8725 §2.6), and for one that names
 * a prototype.
 */
export function readIdToken(text: string): IdTokenParts {
  const [, header, claims] = compact.exec(text) ?? []
  if (header === undefined || claims === undefined)
    throw new IdTokenRefusal('The ID token is not a JWS in compact serialization: three parts in base64url.')
  return {
    header: objectIn(header, 'header'),
    claims: objectIn(claims, 'payload'),
    signingInput: `${header}.${claims}`
  }
}

function objectIn(part: string, name: string): Record<string, unknown> {
  const bytes = Buffer.from(part, 'base64url')
  // Node.js ignores the bits that a last character has too many.
  if (bytes.toString('base64url') !== part) throw new IdTokenRefusal(`The ${name} of the ID token is not base64url.`)
  try {
    const value = parseJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
    if (isObject(value)) return value
  } catch (cause) {
    throw new IdTokenRefusal(`The ${name} of the ID token is not JSON in UTF-8 with distinct names.`, { cause })
  }
  throw new IdTokenRefusal(`The ${name} of the ID token is not a JSON object.`)
}

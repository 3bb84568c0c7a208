import { jwsParts, objectIn } from '../../wire/jws-parts.ts'
import { IdTokenRefusal } from './id-token-refusal.ts'

/** The parts of an ID token. Throws an IdTokenRefusal unless it is a JWS in the compact serialization. */
export function partsOf(text: string) {
  const parts = jwsParts(text)
  if (!parts) throw new IdTokenRefusal('The ID token must have three parts in base64url, separated by dots.')
  return parts
}

/** The JSON object in a part of an ID token. Throws an IdTokenRefusal for any other text. */
export function objectOf(part: string, name: 'header' | 'payload'): Record<string, unknown> {
  try {
    return objectIn(part)
  } catch (error) {
    const { message, cause } = error as Error
    throw new IdTokenRefusal(`The ${name} of the ID token ${message}.`, { cause })
  }
}

import { isObject, parseJson } from '../base/strict-json.ts'

const compact = /^([\w-]+)\.([\w-]*)\.([\w-]+)$/

/** The three parts of a JWS in the compact serialization (RFC 7515 §7.1); `undefined` for other text. */
export function jwsParts(text: string): { header: string; payload: string; signature: string } | undefined {
  const [, header, payload, signature] = compact.exec(text) ?? []
  return header === undefined || payload === undefined || signature === undefined
    ? undefined
    : { header, payload, signature }
}

/**
 * The bytes of a part; `undefined` unless it is the base64url of them. Decoders differ in what they do with the bits
 * that the last character has too many.
 */
export function bytesIn(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url')
  return bytes.toString('base64url') === part ? bytes : undefined
}

/**
 * The JSON object in a part. Throws an Error that says what else it is, also for a member that an object has twice (RFC
 * 7515 §4, RFC 7519 §4), and for one that names a prototype.
 */
export function objectIn(part: string): Record<string, unknown> {
  const bytes = bytesIn(part)
  if (!bytes) throw new Error('is not base64url')
  const value = jsonIn(bytes)
  if (isObject(value)) return value
  throw new Error('is not a JSON object')
}

function jsonIn(bytes: Buffer): unknown {
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch (cause) {
    throw new Error('is not valid JSON, or repeats a member', { cause })
  }
}

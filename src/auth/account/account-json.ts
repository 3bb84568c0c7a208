import { invalidMember } from '../../base/errors.ts'
import { isObject, pointerOf } from '../../base/strict-json.ts'

/** An object of JSON values. */
export type JsonObject = Record<string, unknown>

const deepest = 8
// PostgreSQL stores neither.
const notInText = /\0|\p{Cs}/u

/**
 * Throws a 400 about the member of `value` at `path`, such as `['claims']`, that both databases and every JSON parser
 * would not keep as it is: one deeper than 8 levels, with a NUL or an unpaired surrogate, or an integer or exponent
 * that JavaScript cannot hold.
 */
export function assertPortable(value: unknown, path: (string | number)[], level = 0) {
  const refuse = (detail: string) => invalidMember(pointerOf(path), detail)
  if (typeof value === 'string' && notInText.test(value)) throw refuse('contains a NUL or an unpaired surrogate')
  if (typeof value === 'number' && !(Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value)))
    throw refuse('is too large a number; send a string')
  if (typeof value !== 'object' || value === null) return
  if (level === deepest) throw refuse(`is deeper than ${deepest} levels`)
  for (const [name, member] of Object.entries(value)) {
    if (notInText.test(name)) throw refuse('has a name with a NUL or an unpaired surrogate')
    assertPortable(member, [...path, Array.isArray(value) ? Number(name) : name], level + 1)
  }
}

/** Throws a 400 about `pointer` when `value` has more than `most` bytes as JSON. */
export function assertSize(value: JsonObject, pointer: string, most: number) {
  const size = Buffer.byteLength(JSON.stringify(value))
  if (size > most) throw invalidMember(pointer, `is ${size} bytes of JSON; the limit is ${most}`)
}

/**
 * The object after a merge patch (RFC 7396): `null` removes a member, an object changes the members that it names, and
 * any other value replaces. `null` for the whole patch removes every member.
 */
export function merged(target: JsonObject, patch: JsonObject | null): JsonObject {
  const result = patch === null ? {} : { ...target }
  for (const [name, value] of Object.entries(patch ?? {})) {
    if (value === null) delete result[name]
    else result[name] = isObject(value) ? merged(objectOr(result[name]), value) : value
  }
  return result
}

const objectOr = (value: unknown): JsonObject => (isObject(value) ? value : {})

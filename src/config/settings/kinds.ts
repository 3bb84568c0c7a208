import { Type } from '@sinclair/typebox'

/** A number of seconds. */
export const seconds = (description: string, value: number, minimum = 1) =>
  Type.Integer({ minimum, maximum: 315_360_000, default: value, description: `${description} (seconds)` })

/** A list, whose entries match `pattern`. */
export const list = (description: string, each: string, pattern?: string, value: string[] = []) =>
  Type.Array(Type.String(pattern ? { pattern } : {}), {
    default: value,
    description: `${description} (comma-separated)`,
    each
  })

/** A scope-token of RFC 6749 §3.3. */
export const scopeToken = {
  pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]+$',
  words: 'printable ASCII without spaces, such as orders:read'
}

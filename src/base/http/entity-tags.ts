/** A list of entity tags, also with empty elements (RFC 9110 §5.6.1.2, §8.8.3). */
const list = /^[\t ,]*(?:(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"[\t ]*(?:,[\t ,]*|$))*$/

/**
 * Whether `header`, an If-Match or If-None-Match, is `*` or names `tag`, a strong one, or the weak one of it.
 * `undefined` when it is neither `*` nor a list of entity tags (RFC 9110 §13.1.1, §13.1.2).
 */
export function namesTag(header: string, tag: string): boolean | undefined {
  if (header === '*') return true
  // Between the quotes of a list are only commas, blanks and `W/`, so this finds a member.
  return list.test(header) ? header.includes(tag) : undefined
}

/** How many subtags a lookup reads. A client can send thousands. */
const mostSubtags = 8

/** A language tag in its canonical form (BCP 47); `undefined` when it is not one. */
export function canonicalTag(tag: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(tag)[0]
  } catch {
    return undefined
  }
}

/**
 * A language tag and what a lookup tries after it (RFC 4647 §3.4): the tag without its last subtag, and so on. One that
 * ends with a single character, which only introduces other subtags, is left out.
 */
export function fallbacksOf(tag: string): string[] {
  const subtags = tag.split('-', mostSubtags)
  return subtags
    .map((_, index) => subtags.slice(0, subtags.length - index))
    .filter(tags => Number(tags.at(-1)?.length) > 1)
    .map(tags => tags.join('-'))
}

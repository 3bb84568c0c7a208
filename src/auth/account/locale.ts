import { invalidMember } from '../../base/errors.ts'
import { canonicalTag } from '../../texts/language-tags.ts'
import type { Origin } from '../audit-events.ts'

/** The most characters of a language tag; RFC 5646 §4.4.1 asks for at least 35. */
const maxLength = 35
/** How much of an `Accept-Language` header is read, in characters. Browsers send less than a tenth. */
const mostRead = 1000
/** A language range with its weight in thousandths (RFC 9110 §12.4.2, §12.5.4). */
const weighted = /^\s*([a-z]{1,8}(?:-[a-z\d]{1,8})*)\s*(?:;\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?$/i

/** A language tag in its canonical form (BCP 47). Throws a 400 about `/locale` when it is not one. */
export function canonicalLocale(tag: string | null | undefined): string | null {
  if (tag == null) return null
  const locale = canonical(tag)
  if (locale === undefined) throw invalidMember('/locale', 'is not a language tag such as de or en-GB')
  return locale
}

/**
 * The languages of an `Accept-Language` header (RFC 9110 §12.5.4) as canonical tags, the preferred one first. Ignores
 * `*`, languages that are not acceptable, and what is malformed; never throws.
 */
export function acceptedLocales(header: string | undefined): string[] {
  const ranges = (header ?? '').slice(0, mostRead).split(',')
  const found = ranges.flatMap(range => {
    const [, tag = '', weight = '1'] = weighted.exec(range) ?? []
    const locale = canonical(tag)
    return locale === undefined || Number(weight) === 0 ? [] : { locale, weight: Number(weight) }
  })
  return found.sort((a, b) => b.weight - a.weight).map(({ locale }) => locale)
}

/** The language of a message to `user`: that of the account, or of the request that asks for the message. */
export const localeFor = (
  user: { locale: string | null } | undefined,
  { locale }: Pick<Origin, 'locale'>
): string | null => user?.locale ?? locale?.() ?? null

function canonical(tag: string): string | undefined {
  const locale = canonicalTag(tag)
  // The canonical form can be longer than the tag.
  return locale !== undefined && locale.length <= maxLength ? locale : undefined
}

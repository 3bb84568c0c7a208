import { invalidMember } from '../../errors.ts'

/** A language tag in its canonical form (BCP 47). Throws a 400 about `/locale` when it is not one. */
export function canonicalLocale(tag: string | null | undefined): string | null {
  if (tag == null) return null
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? null
  } catch {
    throw invalidMember('/locale', 'is not a language tag such as de or en-GB')
  }
}

import { language, locale } from './language.ts'

/** A whole number. */
export const number = new Intl.NumberFormat(locale)
/** A number with few characters, such as 1.2K. */
export const compact = new Intl.NumberFormat(locale, { notation: 'compact' })
/** A time of the day, to the second. */
export const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' })
/** A date and a time, to the minute. */
export const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
/** The same, to the second and with the time zone. */
export const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'long' })
/** A date and a time, to the second. */
export const second = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' })
/** A date. */
export const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' })
/** How long ago, or in how long. */
export const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })

const rules = new Intl.PluralRules(language)

/**
 * The form of a text that fits a count, with the count in place of `#`. A language with other forms than English names
 * them: `plural<'one' | 'few' | 'many' | 'other'>`.
 */
export function plural<Form extends Intl.LDMLPluralRule = 'one' | 'other'>(
  count: number,
  forms: Record<NoInfer<Form>, string>
): string {
  return forms[rules.select(count) as NoInfer<Form>].replace('#', number.format(count))
}

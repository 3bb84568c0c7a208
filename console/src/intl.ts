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
const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' })
/** How long ago, or in how long. */
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })

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

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]

/** How long before or after `now` is `at`, in words, within a month; otherwise its date. Both are in milliseconds. */
export function ageOf(at: number, now: number): string {
  const age = at - now
  const length = Math.abs(age)
  if (length < minute) return relative.format(0, 'second')
  if (length < hour) return relative.format(Math.trunc(age / minute), 'minute')
  if (length < day) return relative.format(Math.trunc(age / hour), 'hour')
  // "Yesterday" is a date, not 24 hours.
  if (length < 30 * day) return relative.format(Math.round((midnight(at) - midnight(now)) / day), 'day')
  return date.format(at)
}

const midnight = (at: number) => new Date(at).setHours(0, 0, 0, 0)

const units = ['kilobyte', 'megabyte', 'gigabyte', 'terabyte']

/** A size in a unit that people read, such as 1.2 MB. */
export function sizeOf(bytes: number): string {
  const power = Math.min(Math.max(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 1), units.length)
  const format = { style: 'unit', unit: units[power - 1], maximumFractionDigits: 1 } as const
  return new Intl.NumberFormat(locale, format).format(bytes / 1000 ** power)
}

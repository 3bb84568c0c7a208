import { locale } from './language.ts'

/** A whole number. */
export const number = new Intl.NumberFormat(locale)
/** A time of the day, to the second. */
export const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' })
/** A date and a time, to the minute. */
export const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })

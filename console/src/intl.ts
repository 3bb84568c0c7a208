import { locale } from './language.ts'

/** A whole number. */
export const number = new Intl.NumberFormat(locale)
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

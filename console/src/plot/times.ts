import { moment } from '../intl.ts'
import { locale } from '../language.ts'
import type { Range } from './bars.ts'

// The API counts days in UTC; hours are shown in the time zone of the browser.
const day = { day: 'numeric', month: 'short' } as const
const days = {
  hour: new Intl.DateTimeFormat(locale, day),
  day: new Intl.DateTimeFormat(locale, { ...day, timeZone: 'UTC' })
}
const names = {
  hour: moment,
  day: new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' })
}
const hours = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' })

/** The hour or day that begins `at`. */
export const nameOf = (by: Range['by'], at: number) => names[by].format(at)

/** A short name, and for an hour the date below it, unless it is that of the label `before`. */
export function labelOf(by: Range['by'], at: number, before?: number): [name: string, date?: string] {
  const date = days[by].format(at)
  if (by === 'day') return [date]
  const isSameDay = before !== undefined && days[by].format(before) === date
  return isSameDay ? [hours.format(at)] : [hours.format(at), date]
}

import { moment } from '../intl.ts'
import { locale } from '../language.ts'
import { texts } from '../texts.ts'
import { type Bar, type Range, sumOf } from './bars.ts'

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

const t = texts.audit.plot

/** The events of a plot in words: how many, and when most of them happened. `filled` are the bars with events. */
export function wordsOf(filled: Bar[], by: Range['by']): string {
  const [tallest, ...others] = filled.toSorted((a, b) => b.all - a.all)
  if (!tallest) return t.nothing
  const time = nameOf(by, tallest.at)
  const sums = t.sums(sumOf(filled))
  if (others.length === 0) return `${sums} ${t.at(time)}`
  // Where each hour has one event, none stands out.
  return tallest.all === 1 ? sums : `${sums} ${t.tallest(tallest.all, time)}`
}

import type { Range } from '../../plot/bars.ts'

const hour = 3_600_000
const day = 24 * hour
/** How long ago a range begins, in milliseconds; the range `own` has ends of its own. */
const ages = { hour, day, week: 7 * day, month: 30 * day }

export const ranges = ['hour', 'day', 'week', 'month', 'own'] as const
const names = ['range', 'since', 'until', 'action', 'subject', 'actor', 'client_id', 'ip', 'session'] as const

/** The filters in the address of the page; those that it lacks are empty texts. */
export type Filters = Record<(typeof names)[number], string> & { range: (typeof ranges)[number] }

/** Filters as `GET /audit` understands them. */
export type Query = Partial<Record<Exclude<(typeof names)[number], 'range'>, string>>

/** The filters of an address. Values that are none of a range or a time count as absent. */
export function filtersOf(search: string): Filters {
  const params = new URLSearchParams(search)
  const filters = Object.fromEntries(names.map(name => [name, params.get(name) ?? ''])) as Filters
  const range = ranges.find(each => each === filters.range) ?? 'day'
  if (range !== 'own') return { ...filters, range, since: '', until: '' }
  return { ...filters, range, since: timeIn(filters.since), until: timeIn(filters.until) }
}

/** The place of an event, by which it is found however old it is. */
export interface EventPlace {
  seq: number
  at: string
}

/** The place of the event that an address opens. */
export function eventOf(search: string): EventPlace | undefined {
  const [seq = '', at = ''] = (new URLSearchParams(search).get('event') ?? '').split('_')
  return seq && timeIn(at) ? { seq: Number(seq), at } : undefined
}

/** The address of the page with these filters, which opens the event if there is one. */
export function addressOf(filters: Partial<Filters>, event?: EventPlace): string {
  const all = { ...filters, event: event ? `${event.seq}_${event.at}` : '' }
  return `/audit?${new URLSearchParams(Object.entries(all).filter(([, text]) => text !== ''))}`
}

/** The query that applies the filters at the time `now`. */
export function queryOf({ range, since, ...filters }: Filters, now: number): Query {
  const begin = range === 'own' ? since : new Date(now - ages[range]).toISOString()
  return Object.fromEntries(Object.entries({ since: begin, ...filters }).filter(([, text]) => text !== ''))
}

/**
 * The part that the plot shows: hours of at most two days, or otherwise the last 366 days, the most that the server
 * counts.
 */
export function plotRangeOf({ since, until }: Query, now: number): Range {
  const end = Math.min(until ? Date.parse(until) : now, now)
  const begin = Math.max(since ? Date.parse(since) : 0, end - 366 * day)
  return { since: begin, until: end, by: end - begin > 2 * day ? 'day' : 'hour' }
}

/** A time in UTC, or an empty text if `text` is not a time. */
export const timeIn = (text: string) => (Number.isNaN(Date.parse(text)) ? '' : new Date(text).toISOString())

/** A time as an input of the browser shows it, in its time zone. */
export function localTime(text: string): string {
  if (text === '') return ''
  const time = new Date(text)
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

/**
 * What stands for the times before and after all that are written with four digits of the year, `infinity` and what is no time
 * at all: no event has them, so somebody put them there by hand, and one damaged row must not hide the others.
 */
export const [earliest, latest] = [new Date('0001-01-01T00:00:00.000Z'), new Date('9999-12-31T23:59:59.999Z')]

/** Whether an event can have this time. */
export const isTime = (at: Date) => at > earliest && at < latest

/** The time so many milliseconds after the epoch, or what stands for it; of what is no number, which SQLite sorts last, too. */
export const readTime = (value: unknown): Date =>
  typeof value === 'number'
    ? new Date(Math.min(Math.max(Math.floor(value), earliest.getTime()), latest.getTime()))
    : latest

/** The same from what PostgreSQL writes, such as `2026-01-31 12:00:00.123+00`. */
export function parseTime(text: string): Date {
  if (/^(infinity|\d{5})/.test(text)) return latest
  // As ISO 8601: what else `Date` reads, it reads in ways of its own, the year 50 as 1950.
  const time = Date.parse(text.replace(' ', 'T').replace(/[+-]\d\d$/, '$&:00'))
  return Number.isNaN(time) ? earliest : readTime(time)
}

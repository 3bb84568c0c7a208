const form = /^([1-9]\d{3}-\d\d-\d\d)(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/i

/**
 * The time that `text` says in ISO 8601: a day, which begins in UTC, or a day and a time with its offset from UTC. `undefined`
 * when it is none, or after the year 9999. `Date` alone takes `12` for a year, and February the 30th for a day in March.
 */
export function timeIn(text: string): Date | undefined {
  const [, day] = form.exec(text) ?? []
  const time = new Date(text)
  if (day === undefined || Number.isNaN(time.getTime()) || time.getUTCFullYear() > 9999) return undefined
  return new Date(day).toISOString().startsWith(day) ? time : undefined
}

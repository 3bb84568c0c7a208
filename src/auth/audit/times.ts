const form = /^([1-9]\d{3}-\d\d-\d\d)(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/i

/**
 * Parses an ISO 8601 date (midnight UTC), or a date and time with an offset from UTC. Returns `undefined` for other
 * text and after the year 9999. `Date` alone also accepts `12` as a year and February 30 as a day in March.
 */
export function timeIn(text: string): Date | undefined {
  const [, day] = form.exec(text) ?? []
  const time = new Date(text)
  if (day === undefined || Number.isNaN(time.getTime()) || time.getUTCFullYear() > 9999) return undefined
  return new Date(day).toISOString().startsWith(day) ? time : undefined
}

import { invalidMember, type Problem } from '../base/errors.ts'
import { assertNames } from '../base/strict-json.ts'
import { maxLineLength } from './lines.ts'

/** Whether there is a value. CSV writes a missing value as an empty string. */
export const isGiven = (value: unknown) => value !== null && value !== undefined && value !== ''

/**
 * The text of a field, `null` when it has none. Throws a Problem about the field unless it is text or an integer that
 * JavaScript represents exactly.
 */
export function textOf(field: string, value: unknown): string | null {
  if (!isGiven(value)) return null
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw invalidMember(`/${field}`, 'is too large or not an integer: write it as a string')
  if (typeof value !== 'string' && typeof value !== 'number') throw invalidMember(`/${field}`, 'is not text')
  return String(value)
}

const flags = new Map([
  ['true', true],
  ['t', true],
  ['1', true],
  ['false', false],
  ['f', false],
  ['0', false]
])

/**
 * The boolean value of a field in any common notation; `undefined` when it is empty. Throws a Problem about the field.
 */
export function flagOf(field: string, value: unknown): boolean | undefined {
  if (!isGiven(value)) return undefined
  const flag = flags.get(String(value).toLowerCase())
  if (flag === undefined) throw invalidMember(`/${field}`, 'is neither true nor false')
  return flag
}

const timestamp = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(\.\d{1,9})?)? ?(Z|[+-]\d\d(?::?\d\d)?)?$/i

/** Parses a time as ISO 8601, PostgreSQL or Python write it, in UTC without a zone; `undefined` for anything else. */
export function timeOf(text: string): Date | undefined {
  const [, date, clock = '00:00', fraction = '', zone = 'Z'] = timestamp.exec(text) ?? []
  const [hours, minutes = '00'] = zone.match(/[+-]?\d\d/g) ?? []
  const offset = hours === undefined ? 'Z' : `${hours}:${minutes}`
  const time = new Date(`${date}T${clock}${fraction.slice(0, 4)}${offset}`)
  return isDay(date) && !Number.isNaN(time.getTime()) ? time : undefined
}

/** Whether the calendar has the date. `Date` reads the 31st of a shorter month as a day of the next one. */
function isDay(date = ''): boolean {
  const midnight = new Date(`${date}T00:00Z`)
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date)
}

/**
 * The value of a field that is given as such or as JSON; `undefined` when it has none. Throws a Problem about text that
 * is not JSON or longer than a line of a file may be, and about a member as `assertNames` does.
 */
export function jsonOf(field: string, value: unknown): unknown {
  if (!isGiven(value)) return undefined
  if (typeof value !== 'string') return value
  if (value.length > maxLineLength) throw invalidMember(`/${field}`, `has more than ${maxLineLength} characters`)
  let parsed: unknown
  try {
    parsed = JSON.parse(value)
  } catch {
    throw invalidMember(`/${field}`, 'is not JSON')
  }
  assertNames(`{"${field}":${value}}`)
  return parsed ?? undefined
}

/** The object of a field, `{}` when it has none. Throws a Problem about any other value, and as `jsonOf` does. */
export function objectOf(field: string, value: unknown): Record<string, unknown> {
  const object = jsonOf(field, value) ?? {}
  // A column of bytes is an object too.
  if (Object.getPrototypeOf(object) !== Object.prototype) throw invalidMember(`/${field}`, 'is not a JSON object')
  return object as Record<string, unknown>
}

/** The problems of a row, for a report. */
export const reasonOf = ({ errors }: Problem) =>
  errors.map(({ pointer, detail }) => `${pointer.slice(1)} ${detail}`).join(', ')

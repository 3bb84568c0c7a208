import { invalidMember } from '../../base/errors.ts'
import type { Position } from '../../store/audit/ranges.ts'
import { timeIn } from './times.ts'

/** The time in a query parameter. Throws a 400 about `pointer`. */
export function timeOf(pointer: string, text: string): Date {
  const time = timeIn(text)
  // For example, a `Date` cannot represent a leap second.
  if (!time) throw invalidMember(pointer, 'must be a time such as 2026-01-31T12:00:00Z')
  return time
}

/** The cursor for the events before `position`. */
export const encodeCursor = ({ at, seq }: Position) => Buffer.from(`${at.getTime()}.${seq}`).toString('base64url')

/** The position in a cursor. Throws a 400. */
export function decodeCursor(cursor: string): Position {
  const [, millis, seq] = /^(\d{1,15})\.(-?\d{1,16})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  const at = timeIn(millis === undefined ? '' : new Date(Number(millis)).toISOString())
  if (!at) throw invalidMember('/cursor', 'must be the next_cursor of a page')
  return { at, seq: Number(seq) }
}

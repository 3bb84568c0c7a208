import { assertFullName } from '../auth/account/identifiers.ts'
import { flagOf, isGiven, jsonOf, objectOf, timeOf } from './values.ts'

// Reads values of other applications, for the presets.

/** Whether an account is banned until a future time, or until a value that is not a time, such as `infinity`. */
export function isBanned(until: unknown, now: Date): boolean {
  if (!isGiven(until)) return false
  const end = timeOf(String(until))
  return end === undefined || end > now
}

/** The hash, or that of an account without a password, whose owner has logged in elsewhere. */
export const hashOrNone = (hash: unknown) => (isGiven(hash) ? hash : '!')

/** Whether a value is an array with items, or its JSON. */
export const hasItems = (field: string, value: unknown) => [jsonOf(field, value) ?? []].flat().length > 0

/** A time that is a number of milliseconds since the epoch, or its text, as ISO 8601; any other value is unchanged. */
export const timeIn = (at: unknown) =>
  isGiven(at) && /^\d{12,14}$/.test(String(at)) ? new Date(Number(at)).toISOString() : at

/** `object` without the members of these names. */
export const without = (names: string[], object: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)))

/** The claims of a member of the staff, and of the groups with these names, an array or its JSON. */
export function staffAndGroups(isStaff: unknown, names: unknown) {
  const groups = jsonOf('groups', names)
  return { ...(flagOf('is_staff', isStaff) ? { roles: ['staff'] } : {}), ...(groups === undefined ? {} : { groups }) }
}

/** The claims of roles with commas between them, of which `user` is every account's. */
export function rolesIn(text: unknown) {
  const roles = String(text ?? '')
    .split(',')
    .filter(role => role !== '' && role !== 'user')
  return roles.length > 0 ? { roles } : {}
}

/** The full name in an object or its JSON. Users can edit the object, so an invalid name is ignored. */
export function fullNameIn(data: unknown): string | undefined {
  try {
    const name = objectOf('data', data).full_name
    if (typeof name !== 'string') return undefined
    assertFullName(name)
    return name
  } catch {
    return undefined
  }
}

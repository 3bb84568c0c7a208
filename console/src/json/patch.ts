export type JsonObject = Record<string, unknown>

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The member `name`; `undefined` where there is none, also for a name such as `toString`. */
const memberOf = (value: unknown, name: string) =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined

/**
 * The merge patch (RFC 7396) that makes `after` of `before`: a member that `after` lacks is `null`, and one that stays
 * is left out. A patch cannot add a `null`: see `addedNull`.
 */
export function patchOf(before: JsonObject, after: JsonObject): JsonObject {
  const names = Object.keys({ ...before, ...after })
  const changed = names.filter(name => !isSame(memberOf(before, name), memberOf(after, name)))
  return Object.fromEntries(changed.map(name => [name, change(memberOf(before, name), memberOf(after, name))]))
}

function change(before: unknown, after: unknown) {
  if (after === undefined) return null
  return isObject(before) && isObject(after) ? patchOf(before, after) : after
}

/** The path to the first `null` that `after` has and `before` has not; those in arrays do not count. */
export function addedNull(before: unknown, after: unknown): string[] | undefined {
  for (const [name, value] of isObject(after) ? Object.entries(after) : []) {
    const old = memberOf(before, name)
    if (value === null && old !== null) return [name]
    const inner = addedNull(old, value)
    if (inner) return [name, ...inner]
  }
  return
}

/** Whether two values of JSON are the same; the order of members does not count. */
export function isSame(one: unknown, other: unknown): boolean {
  if (isObject(one) && isObject(other)) {
    const names = Object.keys({ ...one, ...other })
    return names.every(name => isSame(memberOf(one, name), memberOf(other, name)))
  }
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((item, at) => isSame(item, other[at]))
  return one === other
}

/**
 * The items of `now`, in which those that `before` has keep their places, so that a list changes nothing that is being
 * read but its numbers. The others fill the places that became free, in their order.
 */
export function inPlace<T>(before: T[], now: T[], keyOf: (item: T) => string): T[] {
  const known = before.map(keyOf)
  const left = now.filter(item => !known.includes(keyOf(item)))
  const kept = known.map(key => now.find(item => keyOf(item) === key) ?? left.shift())
  return [...kept.filter(item => item !== undefined), ...left]
}

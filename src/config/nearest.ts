/** The candidate that `name` was probably meant to be: the same but for case and at most one typing error. */
export const nearest = (name: string, candidates: Iterable<string>): string | undefined =>
  [...candidates].find(candidate => isNear(name.toUpperCase(), candidate))

/** Whether one character was added, left out or replaced, or two neighbours were swapped, or nothing differs. */
function isNear(a: string, b: string): boolean {
  let start = 0
  while (start < a.length && a[start] === b[start]) start++
  let end = 0
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++
  const [mine, other] = [a.slice(start, a.length - end), b.slice(start, b.length - end)]
  return (mine.length < 2 && other.length < 2) || (mine.length === 2 && mine === [...other].reverse().join(''))
}

/** A first-in, first-out line of waiting callers. Taking the first takes constant time. */
export function createLine<T>() {
  let waiting: T[] = []
  let first = 0

  return {
    push: (caller: T) => waiting.push(caller),

    take(): T | undefined {
      if (first === waiting.length) return undefined
      const caller = waiting[first++] as T
      if (first > 1024 && first * 2 > waiting.length) {
        waiting = waiting.slice(first)
        first = 0
      }
      return caller
    },

    length: () => waiting.length - first
  }
}

/**
 * Returns `read`, whose result is kept for `periodMs` milliseconds. Concurrent callers share one read. A read that
 * fails is not kept.
 */
export function atMostEvery<T>(periodMs: number, read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined
  let startedAt = Number.NEGATIVE_INFINITY
  return async () => {
    if (reading && performance.now() - startedAt < periodMs) return reading
    startedAt = performance.now()
    reading = read()
    reading.catch(() => {
      reading = undefined
    })
    return reading
  }
}

/**
 * Runs `work` every `ms` milliseconds, one run at a time, without keeping the process alive. Calls `fail` with each
 * rejection. The returned function aborts the signal that `work` got, and resolves when the last run is done.
 */
export function every(
  ms: number,
  work: (stop: AbortSignal) => Promise<unknown>,
  fail: (error: unknown) => void
): () => Promise<void> {
  const stopping = new AbortController()
  let running: Promise<void> | undefined
  const timer = setInterval(() => {
    running ??= work(stopping.signal)
      .then(() => {}, fail)
      .finally(() => {
        running = undefined
      })
  }, ms)
  timer.unref()
  return async () => {
    clearInterval(timer)
    stopping.abort()
    await running
  }
}

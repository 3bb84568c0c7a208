/**
 * Runs `work` every `ms` milliseconds, never twice at once, for as long as the process has a reason of its own to live; `fail`
 * hears of each rejection. The result ends that: it tells `work` by its signal, and resolves when what was running is done.
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

/**
 * Runs `work` every `ms` milliseconds, never twice at once, for as long as the process has a reason of its own to live; `fail`
 * hears of each rejection. The result ends that, and resolves when what was running is done.
 */
export function every(ms: number, work: () => Promise<unknown>, fail: (error: unknown) => void): () => Promise<void> {
  let running: Promise<void> | undefined
  const timer = setInterval(() => {
    running ??= work()
      .then(() => {}, fail)
      .finally(() => {
        running = undefined
      })
  }, ms)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await running
  }
}

export type Teardowns = ReturnType<typeof createTeardowns>

/** Everything that has to be stopped and removed at the end, the newest first. */
export function createTeardowns() {
  const all: (() => unknown)[] = []
  let hasBegun = false
  return {
    /** Whether the teardown has begun, so that it may be the cause of a failure. */
    hasBegun: () => hasBegun,

    teardown(end: () => unknown): void {
      all.push(end)
    },
    /** A failure is reported, and does not keep the others from running. */
    async run(): Promise<void> {
      hasBegun = true
      for (let end = all.pop(); end; end = all.pop()) {
        try {
          await end()
        } catch (error) {
          console.error(error)
        }
      }
    }
  }
}

export type Teardowns = ReturnType<typeof createTeardowns>

/** Everything that has to be stopped and removed at the end, the newest first. */
export function createTeardowns() {
  const all: (() => unknown)[] = []
  let hasBegun = false
  return {
    /** Whether what breaks now breaks because of it. */
    hasBegun: () => hasBegun,

    teardown(end: () => unknown): void {
      all.push(end)
    },
    /** One that fails is reported, and does not keep the others from running. */
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

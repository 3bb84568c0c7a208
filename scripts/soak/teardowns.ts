export type Teardowns = ReturnType<typeof createTeardowns>

/** What has to be stopped and removed at the end, the newest first. */
export function createTeardowns() {
  const all: (() => unknown)[] = []
  return {
    teardown(end: () => unknown): void {
      all.push(end)
    },
    /** One that fails is reported, and does not keep the others from running. */
    async run(): Promise<void> {
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

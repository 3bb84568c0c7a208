// A browser runs one ceremony with passkeys in a page at a time, so all clients of the page share this.

const replaced = new Error('A newer ceremony has begun.')
let waiting: AbortController | undefined
let foreground: Promise<unknown> = Promise.resolve()

/** Runs a login, or a dialog of the browser, after aborting the ceremony that waits in the background. */
export function inForeground<T>(run: () => Promise<T>): Promise<T> {
  waiting?.abort()
  const result = run()
  // Not the results themselves, which would stay in memory.
  foreground = Promise.allSettled([foreground, result]).then(() => {})
  return result
}

/** Resolves when no login and no dialog is under way. */
export async function whenIdle(): Promise<void> {
  let last: unknown
  while (last !== foreground) {
    last = foreground
    await foreground
  }
}

/** Begins a ceremony in the background in place of the last one. Its signal ends it, also for the next dialog. */
export function inBackground(): AbortController {
  waiting?.abort(replaced)
  waiting = new AbortController()
  return waiting
}

/** Whether a newer ceremony in the background has ended this one, which would end the newer one if it began again. */
export const isReplaced = ({ signal }: AbortController): boolean => signal.reason === replaced

/** The result of `handleCtrlZ`. */
export type CtrlZ = ReturnType<typeof handleCtrlZ>

/**
 * Handles Ctrl-Z (SIGTSTP) until `release` is called. Without a handler, the system could stop the process within a
 * transaction, whose lock would block other writers until `fg`. A handler runs between two turns of the event loop,
 * when no SQLite transaction is open.
 */
export function handleCtrlZ() {
  let isHeld = false
  let isPending = false

  function stopIfPending() {
    if (!isPending) return
    isPending = false
    // SIGTSTP would call this handler again. SIGSTOP cannot be handled.
    process.kill(process.pid, 'SIGSTOP')
  }

  function onSignal() {
    isPending = true
    if (!isHeld) stopIfPending()
  }

  process.on('SIGTSTP', onSignal)

  return {
    /**
     * Runs `work`, which Ctrl-Z stops only where it calls `mayStop`, or at its end. A PostgreSQL transaction lasts
     * several turns of the event loop, and a pending query times out while the process is stopped.
     */
    async hold<T>(work: (mayStop: () => void) => Promise<T>): Promise<T> {
      isHeld = true
      try {
        return await work(stopIfPending)
      } finally {
        isHeld = false
        stopIfPending()
      }
    },

    release: () => void process.off('SIGTSTP', onSignal)
  }
}

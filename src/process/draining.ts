import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'

const drainLimitMs = 10_000
/** The last connections are cut a second before that limit, as the store has to be closed too. */
const cutOffMs = drainLimitMs - 1000
const idleSweepMs = 50
const quietTurnMs = 0.1
const mostTurns = 1000

const stopSignals = ['SIGTERM', 'SIGINT'] as const
/** What stops a server: whoever runs it, and whoever presses Ctrl-C. */
export type StopSignal = (typeof stopSignals)[number]
/** Where a server hears that it is to stop: calls its argument each time, until the result is called. */
export type StopSource = (stop: (signal: StopSignal) => void) => () => void

/** The signals of the process. */
export const processSignals: StopSource = stop => {
  for (const name of stopSignals) process.on(name, stop)
  return () => {
    for (const name of stopSignals) process.removeListener(name, stop)
  }
}

/**
 * On SIGTERM lets proxies move on for `delayMs`, stops accepting, finishes what is in flight and closes the app; on SIGINT
 * the same without the delay. Resolves to the exit code. A second signal, or ten seconds, end the process at once with 1.
 */
export function drainOn(stopSource: StopSource, app: FastifyInstance, delayMs: number): Promise<number> {
  return new Promise(resolve => {
    const stopListening = stopSource(signal => {
      // Not a matter of closing sockets: a hash or a query in flight would still keep the process alive.
      if (app.drain.hasBegun) process.exit(1)
      app.drain.begin()
      app.log.info({ signal }, 'draining')
      // Whoever presses Ctrl-C has no proxy that would have to notice first.
      drain(app, signal === 'SIGTERM' ? delayMs : 0).then(code => {
        stopListening()
        resolve(code)
      })
    })
  })
}

async function drain(app: FastifyInstance, delayMs: number): Promise<number> {
  const limit = setTimeout(() => process.exit(1), drainLimitMs).unref()
  // A client that has sent half a request, or does not read its answer, keeps a connection busy for as long as it likes.
  const cutOff = setTimeout(() => app.server.closeAllConnections(), cutOffMs).unref()
  await sleep(delayMs)
  await stopListening(app)
  // A connection whose last answer left after close() began stays open for a next request, which will not be served.
  const sweep = setInterval(() => app.server.closeIdleConnections(), idleSweepMs)
  const code = await app.close().then(
    () => 0,
    error => {
      app.log.error({ err: error }, 'the server could not close')
      return 1
    }
  )
  clearTimeout(limit)
  clearTimeout(cutOff)
  clearInterval(sweep)
  return code
}

/**
 * Closes the listening socket when nobody waits on it: the system resets connections that were made and not yet accepted,
 * and a proxy cannot know that their requests were never read. A turn of the event loop accepts all there are, so the
 * socket is closed right after a turn in which there was nothing else to do.
 */
async function stopListening(app: FastifyInstance) {
  for (let turn = 0; turn < mostTurns; turn++) {
    const begun = performance.now()
    await nextTurn()
    if (performance.now() - begun < quietTurnMs) break
  }
  app.server.close()
}

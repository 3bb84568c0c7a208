import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { stopListening } from './stop-listening.ts'

/** How long a server takes to exit after SIGTERM, at the most. */
export const drainLimitMs = 10_000
/** When the remaining connections are closed; the last second is for closing the store. */
const cutOffMs = drainLimitMs - 1000
const idleSweepMs = 50

const stopSignals = ['SIGTERM', 'SIGINT'] as const
/** The signals that stop a server: SIGTERM from its operator, SIGINT from Ctrl-C. */
export type StopSignal = (typeof stopSignals)[number]
/** A source of stop signals: calls its argument for each one, until the returned function is called. */
export type StopSource = (stop: (signal: StopSignal) => void) => () => void

/** The signals of the process. */
export const processSignals: StopSource = stop => {
  for (const name of stopSignals) process.on(name, stop)
  return () => {
    for (const name of stopSignals) process.removeListener(name, stop)
  }
}

/**
 * Runs `start`; a signal during it ends the process with 0. Without a handler, PID 1 of a container would ignore the
 * signal.
 */
export function stoppable<T>(stopSource: StopSource, start: () => Promise<T>): Promise<T> {
  const stopWaiting = stopSource(() => process.exit(0))
  return start().finally(stopWaiting)
}

/**
 * Ends the process of a server that has stopped, at the latest in a second. A thread that writes the log could keep it
 * alive, when nobody reads the log.
 */
export function endSoon(code: number): void {
  setTimeout(() => process.exit(code), 1000).unref()
}

/**
 * On SIGTERM, waits `delayMs` for proxies to notice, stops accepting connections, finishes requests in flight and
 * closes the app; on SIGINT, does the same without the delay. Resolves to the exit code. After a second signal or ten
 * seconds, the process exits with 1.
 */
export function drainOn(stopSource: StopSource, app: FastifyInstance, delayMs: number): Promise<number> {
  return new Promise(resolve => {
    const removeHandlers = stopSource(signal => {
      // Closing the sockets is not enough, because a hash or query in flight keeps the process alive.
      if (app.drain.hasBegun) process.exit(1)
      app.drain.begin()
      app.log.info({ signal }, 'draining')
      // Ctrl-C stops a server without a proxy.
      drain(app, signal === 'SIGTERM' ? delayMs : 0).then(code => {
        removeHandlers()
        resolve(code)
      })
    })
  })
}

async function drain(app: FastifyInstance, delayMs: number): Promise<number> {
  const limit = setTimeout(() => process.exit(1), drainLimitMs).unref()
  // A client that sends half a request, or does not read its response, could keep a connection open indefinitely.
  const cutOff = setTimeout(() => app.server.closeAllConnections(), cutOffMs).unref()
  await sleep(delayMs)
  await stopListening(app.server)
  // A connection that becomes idle after close() has begun would stay open.
  const sweep = setInterval(() => app.server.closeIdleConnections(), idleSweepMs)
  const code = await app.close().then(
    () => 0,
    error => {
      app.log.error({ err: error }, 'failed to close the server')
      return 1
    }
  )
  clearTimeout(limit)
  clearTimeout(cutOff)
  clearInterval(sweep)
  return code
}

import cluster from 'node:cluster'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'

/** A pause of this length shows that all clients that have an answer have connected again. */
const pauseMs = 50
/** How long such a pause is awaited. It has to end, with the delay of a drain, before connections are cut off. */
const longestMs = 500
const quietTurnMs = 0.1
const mostTurns = 1000

/**
 * Closes the listening socket when no connection is pending. Otherwise the system resets connections that are not yet
 * accepted, and a proxy cannot know that their requests were not read.
 *
 * A client that sends one request after another connects as soon as it has an answer. Therefore new requests wait,
 * until all such clients have connected; in a worker, until the others have closed the socket that they share.
 */
export async function stopListening(server: Server, pause: (ms: number) => Promise<unknown> = sleep) {
  const release = hold(server)
  const arrived = countArrivals(server)
  const end = performance.now() + longestMs
  let before: number
  do {
    before = arrived()
    await pause(pauseMs)
    await quietTurn(arrived)
  } while (arrived() > before && performance.now() < end)
  server.close()
  if (cluster.isWorker) await pause(Math.max(0, end - performance.now()) + pauseMs)
  release()
}

/** Lets new requests wait until the returned function is called. */
function hold(server: Server): () => void {
  const listeners = server.rawListeners('request')
  const waiting: [IncomingMessage, ServerResponse][] = []
  server.removeAllListeners('request').on('request', (...request) => waiting.push(request))
  return () => {
    server.removeAllListeners('request')
    for (const listener of listeners) server.on('request', listener as never)
    for (const request of waiting) server.emit('request', ...request)
  }
}

/** Returns a function that returns how many connections have come, also those that are closed at once. */
function countArrivals(server: Server): () => number {
  let count = 0
  server.on('connection', () => count++)
  return () => count
}

/** A turn of the event loop accepts one pending connection. Resolves after a turn without one and other work. */
async function quietTurn(arrived: () => number) {
  for (let turn = 0; turn < mostTurns; turn++) {
    const [before, begun] = [arrived(), performance.now()]
    await nextTurn()
    if (arrived() === before && performance.now() - begun < quietTurnMs) break
  }
}

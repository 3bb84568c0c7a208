import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'

/** How long new requests wait, before the socket is closed and after it. */
const waitMs = 50
const quietTurnMs = 0.1
const mostTurns = 1000

/**
 * Closes the listening socket when no connection is pending. Otherwise the system resets connections that are not yet
 * accepted, and a proxy cannot know that their requests were not read.
 *
 * A client that sends one request after another connects as soon as it has an answer. Therefore new requests wait,
 * until all such clients have connected, and then until the other workers have closed the socket that they share.
 */
export async function stopListening(server: Server) {
  const release = hold(server)
  await sleep(waitMs)
  await quietTurn()
  server.close()
  await sleep(waitMs)
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

/** A turn of the event loop accepts all pending connections. Resolves after a turn without other work. */
async function quietTurn() {
  for (let turn = 0; turn < mostTurns; turn++) {
    const begun = performance.now()
    await nextTurn()
    if (performance.now() - begun < quietTurnMs) break
  }
}

import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import fp from 'fastify-plugin'

// Serves the requests of a connection one after the other: each waits until the operating system has the answers before
// it. So a client that sends many requests and reads nothing costs one answer, and not one for each request. It loses
// its connection if more than `most` requests are sent without waiting for the first answer (RFC 9112 §9.3.2).

/** Proxies and browsers send one at a time. */
const most = 4

/** How many requests of a connection wait for the answers before them. */
const waiting = new WeakMap<Socket, number>()

export default fp(
  async app => {
    app.addHook('onRequest', (request, reply, done) => {
      if (!mayWait(request.raw.socket, reply.raw)) reply.hijack()
      else if (reply.raw.socket === null) reply.raw.once('socket', () => done())
      else done()
    })
  },
  { name: 'pipelining' }
)

/**
 * Whether `response` has its turn on `socket`, or may wait for it. Otherwise the connection is closed, and the
 * thousands of requests that Node.js may have read already become nothing. Also for requests that never reach a hook.
 */
export function mayWait(socket: Socket & { parser?: Parser | null }, response: ServerResponse): boolean {
  // It has a socket once the answers before it are complete.
  if (response.socket !== null) return true
  const count = (waiting.get(socket) ?? 0) + 1
  if (count === most) {
    if (socket.parser) socket.parser.onIncoming = ignore
    socket.destroy()
    return false
  }
  waiting.set(socket, count)
  response.once('socket', () => waiting.set(socket, (waiting.get(socket) as number) - 1))
  return true
}

/** The parser of Node.js. Its function for each request belongs to one connection. */
interface Parser {
  onIncoming: () => number
}

/** Answers the parser that a body may follow. */
const ignore = () => 0

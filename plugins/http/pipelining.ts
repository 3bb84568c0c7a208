import type { Socket } from 'node:net'
import fp from 'fastify-plugin'

// Serves the requests of a connection one after the other: each waits until the operating system has the answers before
// it. So a client that sends many requests and reads nothing costs one answer, and not one for each request. It loses
// its connection if more than `most` requests are sent without waiting for the first answer (RFC 9112 §9.3.2): Node.js
// reads more than a thousand at once, each with headers of up to 8 KiB.

/** Proxies and browsers send one at a time. */
const most = 4

export default fp(
  async app => {
    const waiting = new WeakMap<Socket, number>()
    app.addHook('onRequest', ({ raw: { socket } }, reply, done) => {
      // The answer has a socket once those before it are complete.
      if (reply.raw.socket !== null) return done()
      const count = (waiting.get(socket) ?? 0) + 1
      waiting.set(socket, count)
      if (count < most) {
        reply.raw.once('socket', () => {
          waiting.set(socket, (waiting.get(socket) as number) - 1)
          done()
        })
        return
      }
      socket.destroy()
      reply.hijack()
    })
  },
  { name: 'pipelining' }
)

import type { Socket } from 'node:net'
import fp from 'fastify-plugin'

// Closes the connection of a client that sends more requests than `most` without waiting for the first answer (RFC 9112
// §9.3.2). Node.js reads more than a thousand at once, which would keep the process busy for seconds.

/** Proxies and browsers send one at a time. */
const most = 16

export default fp(
  async app => {
    const waiting = new WeakMap<Socket, number>()
    app.addHook('onRequest', ({ raw: { socket } }, reply, done) => {
      // The answer has a socket once those before it are complete.
      if (reply.raw.socket !== null) return done()
      const count = (waiting.get(socket) ?? 0) + 1
      waiting.set(socket, count)
      if (count < most) {
        reply.raw.once('close', () => waiting.set(socket, (waiting.get(socket) as number) - 1))
        return done()
      }
      socket.destroy()
      reply.hijack()
    })
  },
  { name: 'pipelining' }
)

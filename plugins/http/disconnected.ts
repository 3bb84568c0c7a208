import type { FastifyReply } from 'fastify'
import fp from 'fastify-plugin'

// `reply.disconnected()`: a signal that fires when the client closes the connection before the response, so that no
// work is done for a client that has left. Fastify's `request.signal` does not help, because it also fires when the
// body has been read.
declare module 'fastify' {
  interface FastifyReply {
    disconnected(): AbortSignal
  }
}

export default fp(
  async app => {
    app.decorateReply('disconnected', function disconnected(this: FastifyReply) {
      const controller = new AbortController()
      // The connection may have closed during an earlier wait, and then no event follows.
      if (this.raw.destroyed) controller.abort()
      this.raw.once('close', () => {
        if (!this.raw.writableFinished) controller.abort()
      })
      return controller.signal
    })
  },
  { name: 'disconnected' }
)

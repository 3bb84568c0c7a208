import type { FastifyReply } from 'fastify'
import fp from 'fastify-plugin'

// `reply.disconnected()`: a signal that fires when the client closes the connection before the response. Fastify's
// `request.signal` also fires when the body has been read.
declare module 'fastify' {
  interface FastifyReply {
    disconnected(): AbortSignal
  }
}

export default fp(
  async app => {
    app.decorateReply('disconnected', function disconnected(this: FastifyReply) {
      const controller = new AbortController()
      // The connection may already be closed, and then `close` does not fire again.
      if (this.raw.destroyed) controller.abort()
      this.raw.once('close', () => {
        if (!this.raw.writableFinished) controller.abort()
      })
      return controller.signal
    })
  },
  { name: 'disconnected' }
)

import type { FastifyReply } from 'fastify'
import fp from 'fastify-plugin'

// `reply.disconnected()`: a signal that the client has closed the connection before it was answered, so that work which nobody
// waits for is not done. Fastify's `request.signal` is no help: it also fires when the body has been read.
declare module 'fastify' {
  interface FastifyReply {
    disconnected(): AbortSignal
  }
}

export default fp(
  async app => {
    app.decorateReply('disconnected', function disconnected(this: FastifyReply) {
      const controller = new AbortController()
      // Maybe while something else was waited for; then no event comes.
      if (this.raw.destroyed) controller.abort()
      this.raw.once('close', () => {
        if (!this.raw.writableFinished) controller.abort()
      })
      return controller.signal
    })
  },
  { name: 'disconnected' }
)

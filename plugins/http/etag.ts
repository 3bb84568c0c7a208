import { hash } from 'node:crypto'
import fp from 'fastify-plugin'
import { unlessKnown } from '../../src/base/http/known-document.ts'

// Gives documents an ETag, and responds with 304 to clients that have them. Register it in a scope that has only
// documents.
export default fp(
  async app => {
    app.addHook('onSend', (request, reply, payload, done) => {
      if (reply.statusCode !== 200 || typeof payload !== 'string') return done(null, payload)
      const etag = `"${hash('sha256', payload, 'base64url')}"`
      reply.header('ETag', etag)
      done(null, unlessKnown(request, reply, etag, payload))
    })
  },
  { name: 'etag' }
)

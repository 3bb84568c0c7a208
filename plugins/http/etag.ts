import { hash } from 'node:crypto'
import fp from 'fastify-plugin'

// Gives documents an ETag, and responds with 304 to clients that have them (RFC 9110 §13.1.2). Register it in a scope
// that has only documents.
export default fp(
  async app => {
    app.addHook('onSend', (request, reply, payload, done) => {
      if (reply.statusCode !== 200 || typeof payload !== 'string') return done(null, payload)
      const etag = `"${hash('sha256', payload, 'base64url')}"`
      reply.header('ETag', etag)
      const known = request.headers['if-none-match']
      // Between the quotes of a list are only commas, blanks and `W/`, so this finds a member, by weak comparison.
      if (known !== '*' && !known?.includes(etag)) return done(null, payload)
      reply.code(304).removeHeader('Content-Type')
      // Without a payload, Fastify cannot say the length of a response to HEAD.
      done(null, request.method === 'HEAD' ? payload : null)
    })
  },
  { name: 'etag' }
)

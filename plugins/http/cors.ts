import cors from '@fastify/cors'
import fp from 'fastify-plugin'

// Allows cross-origin requests from the origins in `CORS_ORIGINS`; none by default. Tokens travel in headers and
// bodies, never in cookies, so credentials are not allowed.
export default fp<{ origins: string[] }>(
  async (app, { origins }) => {
    if (origins.length === 0) return
    await app.register(cors, {
      origin: origins.includes('*') ? '*' : origins,
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
      // Swagger UI sends X-Requested-With when a user logs in, for example on the docs page of another API.
      allowedHeaders: ['Authorization', 'Content-Type', 'DPoP', 'If-Match', 'X-Requested-With'],
      exposedHeaders: [
        'WWW-Authenticate',
        'Retry-After',
        'Location',
        'Link',
        'ETag',
        'X-Request-Id',
        'DPoP-Nonce',
        'Date'
      ],
      maxAge: 600,
      // The plugin sends Content-Length with it, which a 204 must not have (RFC 9110 §8.6).
      optionsSuccessStatus: 200,
      strictPreflight: false
    })
  },
  { name: 'cors' }
)

import cors from '@fastify/cors'
import fp from 'fastify-plugin'

// Cross-origin requests from the pages of `CORS_ORIGINS`; none by default. Tokens travel in headers and bodies, never
// in cookies, so credentials are not allowed.
export default fp<{ origins: string[] }>(
  async (app, { origins }) => {
    if (origins.length === 0) return
    await app.register(cors, {
      origin: origins.includes('*') ? '*' : origins,
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
      // The last is what Swagger UI adds to a login, as on the docs page of an API that has its own.
      allowedHeaders: ['Authorization', 'Content-Type', 'X-Requested-With'],
      exposedHeaders: ['WWW-Authenticate', 'Retry-After', 'Location', 'Link', 'ETag', 'X-Request-Id'],
      maxAge: 600,
      strictPreflight: false
    })
  },
  { name: 'cors' }
)

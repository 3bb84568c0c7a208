import Fastify from 'fastify'

// A process whose server answers an operation of the document with something else.
const app = Fastify()
app.get('/users/me', { schema: { operationId: 'getMe' } }, async () => ({ username: 'alice' }))
await app.inject('/users/me')
await app.close()

import Fastify from 'fastify'

// A process whose server violates the document in the answer of an operation.
const app = Fastify()
app.get('/users/me', { schema: { operationId: 'getMe' } }, async () => ({ username: 'alice' }))
await app.inject('/users/me')
await app.close()

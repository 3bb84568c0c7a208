import Fastify from 'fastify'
import verifier from 'sallyport/verifier'

const { ISSUER = 'http://127.0.0.1:3000', AUDIENCE = ISSUER, API_PORT = '8000' } = process.env

const app = Fastify()
// The public URL of the API: tokens that are bound to a key come with a proof for it.
await app.register(verifier, { issuer: ISSUER, audience: AUDIENCE, url: `http://127.0.0.1:${API_PORT}` })

const orders = []
const order = {
  type: 'object',
  required: ['item'],
  additionalProperties: false,
  properties: { item: { type: 'string', minLength: 1 } }
}

app.get('/', async () => ({ open: 'to everyone' }))

app.get('/orders', { onRequest: app.requireScope('orders:read') }, async ({ accessToken }) =>
  orders.filter(({ customer }) => customer === accessToken.sub)
)

app.post(
  '/orders',
  { onRequest: app.requireScope('orders:read', 'orders:write'), schema: { body: order } },
  async ({ accessToken, body }, reply) => {
    const placed = { number: orders.length + 1, customer: accessToken.sub, item: body.item }
    orders.push(placed)
    reply.code(201)
    return placed
  }
)

await app.listen({ host: '127.0.0.1', port: Number(API_PORT) })

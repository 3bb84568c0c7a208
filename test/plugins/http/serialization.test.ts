import { Type } from '@sinclair/typebox'
import t from 'tap'
import serialization from '../../../plugins/http/serialization.ts'
import { bareFastify } from '../../support/plugins.ts'

t.test('A response contains only what its schemas name; equal schemas share a serializer', async t => {
  const { app } = bareFastify(t)
  await app.register(serialization)
  app.addSchema({ $id: 'User', type: 'object', properties: { name: { type: 'string' } } })
  app.addSchema({ $id: 'Users', type: 'array', items: { $ref: 'User#' } })
  const shared = () => ({ 200: Type.Object({ items: Type.Unsafe({ $ref: 'Users#' }) }) })
  const other = { 200: Type.Object({ count: Type.Integer() }) }
  const answer = async () => ({ items: [{ name: 'alice', password_hash: 'secret' }], count: 1, secret: 'secret' })
  const serializers: unknown[] = []
  app.addHook('onSend', async (_request, reply) => void serializers.push(reply.getSerializationFunction('200')))
  app.get('/a', { schema: { response: shared() } }, answer)
  app.get('/b', { schema: { response: shared() } }, answer)
  app.get('/c', { schema: { response: other } }, answer)

  for (const url of ['/a', '/b']) t.strictSame((await app.inject(url)).json(), { items: [{ name: 'alice' }] })
  t.strictSame((await app.inject('/c')).json(), { count: 1 })
  const [a, b, c] = serializers
  t.type(a, 'function')
  t.equal(a, b)
  t.not(a, c)
})

t.test('Servers share a serializer only if its referenced schemas are equal', async t => {
  const serve = async (properties: object) => {
    const { app } = bareFastify(t)
    await app.register(serialization)
    app.addSchema({ $id: 'User', type: 'object', properties })
    app.get('/', { schema: { response: { 200: Type.Unsafe({ $ref: 'User#' }) } } }, async (_request, reply) => {
      serializers.push(reply.getSerializationFunction('200'))
      return { name: 'alice', email: 'alice@example.com' }
    })
    return (await app.inject('/')).json()
  }
  const serializers: unknown[] = []
  t.strictSame(await serve({ name: { type: 'string' } }), { name: 'alice' })
  t.strictSame(await serve({ name: { type: 'string' } }), { name: 'alice' })
  t.strictSame(await serve({ email: { type: 'string' } }), { email: 'alice@example.com' })
  t.equal(serializers[0], serializers[1])
  t.not(serializers[0], serializers[2])
})

import type { FastifyInstance } from 'fastify'
import t from 'tap'
import errors from '../../../plugins/http/errors.ts'
import methods from '../../../plugins/http/methods.ts'
import outage from '../../../plugins/outage.ts'
import { bareFastify } from '../../support/plugins.ts'

t.test('A method that a URL does not support is 405 with the supported ones (RFC 9110 §15.5.6)', async t => {
  const { app } = bareFastify(t)
  await app.register(outage)
  await app.register(errors)
  await app.register(methods)
  app.get('/things', async () => 'all')
  app.post('/things', async () => 'made')
  app.route({ method: ['PUT', 'DELETE'], url: '/things/:id', handler: async () => 'one' })
  app.post('/token', { config: { oauth: true } }, async () => 'token')
  app.get('/files/*', async () => 'file')
  app.refuseOtherMethods()

  t.equal((await app.inject('/things')).body, 'all')
  t.equal((await app.inject({ method: 'POST', url: '/things' })).body, 'made')
  for (const [method, url, allow] of [
    ['DELETE', '/things', 'GET, HEAD, POST'],
    ['OPTIONS', '/things', 'GET, HEAD, POST'],
    ['GET', '/things/7', 'PUT, DELETE'],
    ['POST', '/files/', 'GET, HEAD'],
    ['POST', '/files/x/y', 'GET, HEAD']
  ] as const) {
    const answer = await app.inject({ method, url })
    t.equal(answer.statusCode, 405)
    t.equal(answer.headers.allow, allow)
    t.strictSame(answer.json(), {
      type: 'about:blank',
      title: 'Method Not Allowed',
      status: 405,
      code: 'method_not_allowed',
      detail: `${method} is not allowed here. Use ${allow}.`,
      instance: url
    })
  }
  const head = await app.inject({ method: 'HEAD', url: '/things/7' })
  t.equal(head.statusCode, 405)
  t.equal(head.headers.allow, 'PUT, DELETE')
  const token = await app.inject({ method: 'GET', url: '/token' })
  t.equal(token.statusCode, 405)
  t.equal(token.headers.allow, 'POST')
  t.strictSame(token.json(), { error: 'invalid_request', error_description: 'GET is not allowed here. Use POST.' })
})

t.test('The root of a server is a URL like any other, also below a prefix (as a library)', async t => {
  const { app } = bareFastify(t)
  await app.register(outage)
  await app.register(errors)
  const routes = async (scope: FastifyInstance) => {
    await scope.register(methods)
    scope.get('/', async () => 'root')
    scope.get('/things', async () => 'all')
    scope.refuseOtherMethods()
  }
  await app.register(routes, { prefix: '/auth' })
  await app.register(routes, { prefix: '/' })
  t.equal((await app.inject('/auth')).body, 'root')
  t.equal((await app.inject({ method: 'POST', url: '/auth/things' })).headers.allow, 'GET, HEAD')
  for (const url of ['/auth', '/']) {
    const { statusCode, headers } = await app.inject({ method: 'POST', url })
    t.strictSame([statusCode, headers.allow], [405, 'GET, HEAD'], url)
  }
})

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

t.test('Another method is refused before a body is read, and by no route with a parameter in its place', async t => {
  const { app } = bareFastify(t)
  await app.register(outage)
  await app.register(errors)
  await app.register(methods)
  app.get('/', async () => 'root')
  app.get('/users/me', async () => 'me')
  app.delete('/users/:id', async () => 'deleted')
  app.refuseOtherMethods()
  const ask = async (method: string, url: string) => {
    const body = method === 'POST' ? { payload: 'no JSON' } : {}
    const headers = { 'content-type': 'application/json' }
    const answer = await app.inject({ method: method as 'POST', url, headers, ...body })
    return [answer.statusCode, answer.headers.allow]
  }
  t.strictSame(await ask('POST', '/'), [405, 'GET, HEAD'])
  t.strictSame(await ask('DELETE', '/users/me'), [405, 'GET, HEAD'])
  t.strictSame(await ask('POST', '/users/7?x=/'), [405, 'DELETE'])
  t.strictSame(await ask('PROPFIND', '/users/7'), [405, 'DELETE'])
  t.strictSame(await ask('POST', '/users/7/x'), [404, undefined])
})

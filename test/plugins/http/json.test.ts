import type { FastifyRequest } from 'fastify'
import t from 'tap'
import errors from '../../../plugins/http/errors.ts'
import json from '../../../plugins/http/json.ts'
import outage from '../../../plugins/outage.ts'
import { bareFastify } from '../../support/plugins.ts'

async function createEcho(t: Parameters<typeof bareFastify>[0]) {
  const { app } = bareFastify(t)
  await app.register(outage)
  await app.register(errors)
  await app.register(json)
  const handler = async (request: FastifyRequest) => ({ got: request.body ?? 'nothing' })
  app.route({ method: ['POST', 'DELETE'], url: '/', handler })
  app.patch('/', { schema: { consumes: ['application/json', 'application/merge-patch+json'] } }, handler)
  return (payload: string | Buffer, type = 'application/json', method: 'POST' | 'DELETE' | 'PATCH' = 'POST') =>
    app.inject({ method, url: '/', payload, headers: { 'content-type': type } })
}

t.test('JSON is UTF-8, with any parameters of its content type (RFC 8259 §8.1)', async t => {
  const send = await createEcho(t)
  for (const type of [
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON;charset="UTF-8"',
    'application/json; odata.metadata=none'
  ]) {
    t.strictSame((await send('{"a":"ä😀"}', type)).json(), { got: { a: 'ä😀' } }, type)
  }
})

t.test('Invalid UTF-8 and other charsets are refused: nothing is guessed', async t => {
  const send = await createEcho(t)
  const latin1 = Buffer.from('{"a":"\u00e4"}', 'latin1')
  const wrong = await send(latin1)
  t.match([wrong.statusCode, wrong.json()], [400, { detail: 'The body is not valid UTF-8.' }])
  for (const charset of ['iso-8859-1', 'utf-16', '"latin1"']) {
    const answer = await send(latin1, `application/json; charset=${charset}`)
    t.match([answer.statusCode, answer.json()], [415, { detail: 'Send JSON in UTF-8.' }], charset)
  }
})

t.test('An empty body counts as absent, since clients always send the content type', async t => {
  const send = await createEcho(t)
  for (const method of ['POST', 'DELETE'] as const)
    t.strictSame((await send('', 'application/json', method)).json(), { got: 'nothing' }, method)
})

t.test('Invalid JSON is 400, and another content type 415', async t => {
  const send = await createEcho(t)
  for (const text of ['{', 'hello', '{"a":1}}', '{"__proto__":{"a":1}}', '{"constructor":{"prototype":{}}}'])
    t.equal((await send(text)).statusCode, 400, text)
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'json'])
    t.equal((await send('{"a":1}', type)).statusCode, 415, type)
})

t.test('A merge patch is accepted only where the schema of the route names its type (RFC 7396 §4)', async t => {
  const send = await createEcho(t)
  for (const type of ['application/merge-patch+json', 'Application/Merge-Patch+JSON; charset=utf-8']) {
    t.strictSame((await send('{"a":null}', type, 'PATCH')).json(), { got: { a: null } }, type)
    for (const method of ['POST', 'DELETE'] as const) {
      const refused = await send('{"a":null}', type, method)
      t.match([refused.statusCode, refused.json()], [415, { detail: 'Send the body as application/json.' }], type)
    }
  }
})

import { type Test, test } from 'tap'
import etag from '../../../plugins/http/etag.ts'
import { bareFastify } from '../../support/plugins.ts'

async function createApp(t: Test) {
  const { app } = bareFastify(t)
  await app.register(etag)
  app.get('/document', async (_request, reply) => reply.header('Cache-Control', 'max-age=5').send({ a: 1 }))
  app.get('/missing', async (_request, reply) => reply.code(404).send({ a: 1 }))
  app.get('/nothing', async (_request, reply) => reply.send())
  return app
}

test('If-None-Match is a list or *, and compared weakly (RFC 9110 §13.1.2)', async t => {
  const app = await createApp(t)
  const own = String((await app.inject('/document')).headers.etag)
  t.match(own, /^"[\w-]{43}"$/)
  for (const [known, status] of [
    [own, 304],
    [`W/${own}`, 304],
    [`"other", ${own}`, 304],
    [`"other",W/${own} , "third"`, 304],
    ['*', 304],
    ['"other"', 200],
    ['"*"', 200],
    [own.slice(1, -1), 200],
    [own.replace('"', '"x'), 200],
    [`x${own}y`, 200],
    [`"other" ${own}`, 200],
    ['', 200]
  ] as const) {
    for (const method of ['GET', 'HEAD'] as const) {
      const answer = await app.inject({ method, url: '/document', headers: { 'if-none-match': known } })
      t.equal(answer.statusCode, status, `${method} ${known}`)
      t.match(answer.headers, { etag: own, 'cache-control': 'max-age=5' })
      if (status === 304) t.equal(answer.body, '')
    }
  }
})

test('Other answers than documents have no ETag', async t => {
  const app = await createApp(t)
  for (const url of ['/missing', '/nothing', '/unknown']) {
    const { statusCode, headers } = await app.inject({ url, headers: { 'if-none-match': '*' } })
    t.not(statusCode, 304, url)
    t.equal(headers.etag, undefined, url)
  }
})

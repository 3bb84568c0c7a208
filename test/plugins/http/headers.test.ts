import t from 'tap'
import headers from '../../../plugins/http/headers.ts'
import { bareFastify } from '../../support/plugins.ts'

t.test('nothing is cached or sniffed unless a route allows it (RFC 6749 §5.1, RFC 9111 §5.2.2.5)', async t => {
  const { app } = bareFastify(t)
  await app.register(headers)
  app.get('/plain', async () => 'x')
  app.get('/oauth', { config: { oauth: true } }, async () => 'x')
  app.get('/cached', async (_request, reply) => reply.header('Cache-Control', 'public, max-age=5').send('x'))
  for (const [url, cacheControl, pragma] of [
    ['/plain', 'no-store', undefined],
    ['/oauth', 'no-store', 'no-cache'],
    ['/cached', 'public, max-age=5', undefined],
    ['/nothing', 'no-store', undefined]
  ] as const) {
    const answer = await app.inject(url)
    t.equal(answer.headers['cache-control'], cacheControl, url)
    t.equal(answer.headers.pragma, pragma, url)
    t.equal(answer.headers['x-content-type-options'], 'nosniff', url)
  }
})

t.test("every answer has the request id of the log, and never the client's own", async t => {
  const { app, log } = bareFastify(t)
  await app.register(headers)
  app.get('/plain', async () => 'x')
  for (const url of ['/plain', '/nothing']) {
    const { headers } = await app.inject({ url, headers: { 'x-request-id': 'forged' } })
    t.equal(headers['x-request-id'], JSON.parse(String(log.at(-1))).reqId, url)
    t.not(headers['x-request-id'], 'forged', url)
  }
})

import t from 'tap'
import headers from '../../../plugins/http/headers.ts'
import { createApp } from '../../support/app.ts'
import { bareFastify } from '../../support/plugins.ts'
import { talk } from '../../support/socket.ts'

const issuer = 'http://localhost:3000'

t.test('Nothing is cached or sniffed unless a route allows it (RFC 6749 §5.1, RFC 9111 §5.2.2.5)', async t => {
  const { app } = bareFastify(t)
  await app.register(headers, { issuer })
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

t.test("Every answer has the request id of the log, and never the client's own", async t => {
  const { app, log } = bareFastify(t)
  await app.register(headers, { issuer })
  app.get('/plain', async () => 'x')
  for (const url of ['/plain', '/nothing']) {
    const { headers } = await app.inject({ url, headers: { 'x-request-id': 'forged' } })
    t.equal(headers['x-request-id'], JSON.parse(String(log.at(-1))).reqId, url)
    t.not(headers['x-request-id'], 'forged', url)
  }
})

t.test('Every answer asks for https where the issuer is https (RFC 6797 §7.1, ASVS 3.4.1)', async t => {
  for (const [issuer, expected] of [
    ['https://auth.example.com', 'max-age=31536000; includeSubDomains'],
    // The host is that of another site, too.
    ['https://example.com/auth', 'max-age=31536000'],
    ['http://auth.example.com', undefined],
    ['http://127.0.0.1:3000', undefined]
  ] as const) {
    const { app } = bareFastify(t)
    await app.register(headers, { issuer })
    app.get('/plain', async () => 'x')
    for (const url of ['/plain', '/nothing'])
      t.equal((await app.inject(url)).headers['strict-transport-security'], expected, `${url} of ${issuer}`)
  }
})

t.test(
  'The answer to a preflight, a page, an unreadable URL and what is not HTTP asks for https too (RFC 6797 §7.1)',
  async t => {
    const { app } = await createApp(t, { corsOrigins: ['https://app.example.com'] })
    await app.listen({ host: '127.0.0.1', port: 0 })
    const answers = [
      await app.inject({ method: 'OPTIONS', url: '/token', headers: { origin: 'x' } }),
      ...(await Promise.all(['/%zz', '/docs', '/console/', '/verify-email', '/token'].map(url => app.inject(url)))),
      ...(await talk(t, app, 'nonsense\r\n\r\n')).answers
    ]
    const expected = 'max-age=31536000; includeSubDomains'
    t.strictSame(
      answers.map(({ headers }) => headers['strict-transport-security']),
      answers.map(() => expected)
    )
  }
)

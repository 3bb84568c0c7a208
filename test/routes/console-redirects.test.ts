import t from 'tap'
import { createApp } from '../support/app.ts'

const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }

t.test('leads a browser from / to the console, below the path of the issuer', async t => {
  const { app } = await createApp(t, { issuer: 'https://example.com/auth' })
  for (const [method, url] of [
    ['GET', '/'],
    ['HEAD', '/'],
    ['GET', '/?from=mail'],
    ['GET', '/console']
  ] as const) {
    const { statusCode, headers } = await app.inject({ method, url, headers: browser })
    t.equal(statusCode, 302, url)
    t.equal(headers.location, '/auth/console/', url)
  }
})

t.test('answers a GET of / that is not of a browser with 404, as without the console', async t => {
  const { app } = await createApp(t)
  const { app: without } = await createApp(t, { console: 'off' })
  for (const headers of [{}, { accept: '*/*' }, { accept: 'application/json' }]) {
    const answer = await app.inject({ url: '/', headers })
    t.equal(answer.statusCode, 404)
    t.equal(answer.headers.vary, 'Accept')
    t.strictSame(answer.json(), (await without.inject({ url: '/', headers })).json())
  }
})

t.test('lets caches distinguish both the origin and the kind of a request to /', async t => {
  const { app } = await createApp(t, { corsOrigins: ['https://app.example.com'] })
  t.equal((await app.inject({ url: '/', headers: browser })).headers.vary, 'Origin, Accept')
})

t.test('leads password managers to the page that changes a password (W3C change-password URL)', async t => {
  const { app } = await createApp(t)
  const { statusCode, headers } = await app.inject('/.well-known/change-password')
  t.equal(statusCode, 302)
  t.equal(headers.location, '/console/account/password')
})

t.test('leads nowhere without the console', async t => {
  const { app } = await createApp(t, { console: 'off' })
  for (const url of ['/', '/console', '/console/', '/.well-known/change-password'])
    t.equal((await app.inject({ url, headers: browser })).statusCode, 404, url)
})

t.test('its pages and redirects are for GET and HEAD: another method gets 405 and Allow (RFC 9110 §9.1)', async t => {
  const { app } = await createApp(t)
  const urls = [
    '/',
    '/console',
    '/console/',
    '/console/accounts/1',
    '/console/assets/a.js',
    '/docs',
    '/docs/',
    '/docs/x'
  ]
  for (const url of [...urls, '/.well-known/change-password']) {
    for (const method of ['POST', 'PUT', 'OPTIONS'] as const) {
      const { statusCode, headers } = await app.inject({ method, url, headers: browser })
      t.strictSame([statusCode, headers.allow], [405, 'GET, HEAD'], `${method} ${url}`)
    }
  }
})

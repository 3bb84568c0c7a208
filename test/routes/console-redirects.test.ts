import t from 'tap'
import { createApp } from '../support/app.ts'

const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }

t.test('A browser is led from / to the console, below the path of the issuer', async t => {
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

t.test('A GET of / that is not of a browser gets 404, as without the console', async t => {
  const { app } = await createApp(t)
  const { app: without } = await createApp(t, { console: 'off' })
  for (const headers of [{}, { accept: '*/*' }, { accept: 'application/json' }]) {
    const answer = await app.inject({ url: '/', headers })
    t.equal(answer.statusCode, 404)
    t.equal(answer.headers.vary, 'Accept')
    t.strictSame(answer.json(), (await without.inject({ url: '/', headers })).json())
  }
})

t.test('Caches distinguish both the origin and the kind of a request to /', async t => {
  const { app } = await createApp(t, { corsOrigins: ['https://app.example.com'] })
  t.equal((await app.inject({ url: '/', headers: browser })).headers.vary, 'Origin, Accept')
})

t.test('Password managers are led to the page that changes a password (W3C change-password URL)', async t => {
  const { app } = await createApp(t)
  const { statusCode, headers } = await app.inject('/.well-known/change-password')
  t.equal(statusCode, 302)
  t.equal(headers.location, '/console/account/password')
})

t.test('Without the console there are no redirects', async t => {
  const { app } = await createApp(t, { console: 'off' })
  for (const url of ['/', '/console', '/console/', '/.well-known/change-password'])
    t.equal((await app.inject({ url, headers: browser })).statusCode, 404, url)
})
